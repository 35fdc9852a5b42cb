-- A note that is begun beside an answer has words of its own: what is meant for
-- colleagues must not become what the public reads.
ALTER TABLE desk_draft ADD COLUMN note_body TEXT NOT NULL DEFAULT '';

UPDATE desk_draft SET note_body = body, body = '' WHERE note;
