CREATE TABLE record_entry (
	number     BIGINT PRIMARY KEY,
	at         BIGINT NOT NULL,
	actor_kind TEXT NOT NULL CHECK (actor_kind IN ('officer', 'program', 'citizen')),
	actor_id   BIGINT NOT NULL,
	actor_name TEXT NOT NULL,
	act        TEXT NOT NULL,
	subject    TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	about      TEXT NOT NULL,
	before     TEXT NOT NULL,
	after      TEXT NOT NULL,
	hash       BLOB NOT NULL
);

-- Every thing that an entry is about, its subject included.
CREATE TABLE record_about (
	subject    TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	number     BIGINT NOT NULL,
	PRIMARY KEY (subject, subject_id, number)
);

CREATE INDEX record_entry_actor ON record_entry (actor_kind, actor_id, number);

CREATE TABLE record_head (
	id     BIGINT PRIMARY KEY CHECK (id = 1),
	number BIGINT NOT NULL,
	hash   BLOB NOT NULL
);

INSERT INTO record_head (id, number, hash) VALUES (1, 0, '');
