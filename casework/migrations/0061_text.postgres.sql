CREATE TABLE casework_text (id BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);
CREATE INDEX casework_text_body ON casework_text USING GIN (body);
