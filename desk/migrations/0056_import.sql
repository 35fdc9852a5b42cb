-- What was brought in from files that other programs wrote: a row per file.
CREATE TABLE desk_import (
	id          BIGINT PRIMARY KEY,
	account_id  BIGINT NOT NULL REFERENCES desk_account (id),
	format      TEXT NOT NULL,            -- archive.Format
	file        TEXT NOT NULL,            -- name, without folders
	size        BIGINT NOT NULL,
	sha256      TEXT NOT NULL,
	mapping     TEXT NOT NULL,            -- SHA-256 of the mapping, '' without one
	state       TEXT NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone')),
	position    TEXT NOT NULL,            -- where it goes on
	seen        BIGINT NOT NULL,          -- posts and rows read
	kept        BIGINT NOT NULL,
	known       BIGINT NOT NULL,          -- there already
	aside       BIGINT NOT NULL,          -- set aside
	cases       BIGINT NOT NULL,
	actor       TEXT NOT NULL,            -- who, as the record has it
	began_at    BIGINT NOT NULL,
	ended_at    BIGINT NOT NULL DEFAULT 0 -- done or undone
);
-- A file is brought into an account once, unless that was undone.
CREATE UNIQUE INDEX desk_import_file ON desk_import (account_id, sha256, mapping) WHERE state <> 'undone';

-- Which messages came with it.
CREATE TABLE desk_imported (
	message_id      BIGINT PRIMARY KEY REFERENCES desk_message (id),
	import_id       BIGINT NOT NULL REFERENCES desk_import (id),
	conversation_id BIGINT NOT NULL REFERENCES desk_conversation (id)
);
CREATE INDEX desk_imported_import ON desk_imported (import_id, conversation_id);
CREATE INDEX desk_imported_conversation ON desk_imported (conversation_id);

-- The first of what could not be read, and why.
CREATE TABLE desk_import_aside (
	import_id BIGINT NOT NULL REFERENCES desk_import (id),
	n         BIGINT NOT NULL,
	place     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	PRIMARY KEY (import_id, n)
);
