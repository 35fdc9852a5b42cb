CREATE TABLE person_person (
	id          BIGINT PRIMARY KEY,
	name        TEXT NOT NULL,
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL
);

CREATE TABLE person_handle (
	id        BIGINT PRIMARY KEY,
	network   TEXT NOT NULL,
	identity  TEXT NOT NULL, -- the network's own id of the author
	person_id BIGINT NOT NULL REFERENCES person_person (id),
	handle    TEXT NOT NULL,
	name      TEXT NOT NULL,
	profile   TEXT NOT NULL,
	avatar    TEXT NOT NULL,
	first_at  BIGINT NOT NULL,
	UNIQUE (network, identity)
);

CREATE INDEX person_handle_person ON person_handle (person_id, first_at, id);

-- Joins are decisions: they are kept when they are undone.
CREATE TABLE person_join (
	id         BIGINT PRIMARY KEY,
	from_id    BIGINT NOT NULL REFERENCES person_person (id),
	from_name  TEXT NOT NULL,
	into_id    BIGINT NOT NULL REFERENCES person_person (id),
	handles    TEXT NOT NULL, -- ids of those that were moved, JSON
	reason     TEXT NOT NULL,
	officer_id BIGINT NOT NULL,
	officer    TEXT NOT NULL,
	at         BIGINT NOT NULL,
	undone_at  BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX person_join_into ON person_join (into_id, id) WHERE undone_at = 0;
-- A person is joined into one other at a time.
CREATE UNIQUE INDEX person_join_holds ON person_join (from_id) WHERE undone_at = 0;
