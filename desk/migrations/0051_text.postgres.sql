CREATE TABLE desk_text (id BIGINT PRIMARY KEY, body TSVECTOR NOT NULL);
CREATE INDEX desk_text_body ON desk_text USING GIN (body);
