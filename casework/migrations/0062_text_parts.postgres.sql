DROP INDEX casework_text_body;
CREATE INDEX casework_text_part ON casework_text USING GIN ((ARRAY[id >> 53]), body) WITH (gin_pending_list_limit = 64);
