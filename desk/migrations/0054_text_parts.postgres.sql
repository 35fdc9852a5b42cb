DROP INDEX desk_text_body;
CREATE INDEX desk_text_part ON desk_text USING GIN ((ARRAY[id >> 53]), body) WITH (gin_pending_list_limit = 64);
