-- Lists of requests from other programs, and which case came with which row.
CREATE TABLE casework_import (
	id       BIGINT PRIMARY KEY,
	name     TEXT NOT NULL,   -- of the other program: the same number there is the same case
	file     TEXT NOT NULL,
	size     BIGINT NOT NULL,
	sha256   TEXT NOT NULL,
	mapping  TEXT NOT NULL,   -- SHA-256
	position TEXT NOT NULL,   -- where it goes on, in the reader's own form
	state    TEXT NOT NULL CHECK (state IN ('running', 'done', 'undoing', 'undone')),
	read     BIGINT NOT NULL,
	kept     BIGINT NOT NULL,
	ended    BIGINT NOT NULL, -- known ones that had ended meanwhile
	known    BIGINT NOT NULL,
	aside    BIGINT NOT NULL,
	actor    TEXT NOT NULL,
	began_at BIGINT NOT NULL,
	ended_at BIGINT NOT NULL
);
CREATE INDEX casework_import_file ON casework_import (sha256, name);

CREATE TABLE casework_import_aside (
	import_id BIGINT NOT NULL REFERENCES casework_import (id),
	n         BIGINT NOT NULL,
	place     TEXT NOT NULL,
	reason    TEXT NOT NULL,
	PRIMARY KEY (import_id, n)
);

-- version is the case's when an import last wrote it: whoever works on it makes
-- it another one, and from then on no import touches it.
CREATE TABLE casework_imported (
	case_id   BIGINT PRIMARY KEY,
	import_id BIGINT NOT NULL,
	version   BIGINT NOT NULL
);
CREATE INDEX casework_imported_import ON casework_imported (import_id, case_id);
