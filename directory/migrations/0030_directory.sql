CREATE TABLE directory_council (
	id            BIGINT PRIMARY KEY CHECK (id = 1),
	name          TEXT NOT NULL,
	language      TEXT NOT NULL,             -- BCP 47
	lat           DOUBLE PRECISION NOT NULL, -- WGS 84 degrees
	lon           DOUBLE PRECISION NOT NULL,
	zoom          DOUBLE PRECISION NOT NULL,
	answer_within BIGINT NOT NULL,           -- microseconds
	demonstration BOOLEAN NOT NULL,
	version       BIGINT NOT NULL
);

CREATE TABLE directory_service (
	id          BIGINT PRIMARY KEY,
	name        TEXT NOT NULL,
	folded      TEXT NOT NULL UNIQUE,
	summary     TEXT NOT NULL,
	words       TEXT NOT NULL,
	lgsl        BIGINT NOT NULL,
	lgil        BIGINT NOT NULL,
	team_id     BIGINT NOT NULL, -- 0 is the contact centre, whichever team that is
	public      BOOLEAN NOT NULL,
	needs_place BOOLEAN NOT NULL,
	active      BOOLEAN NOT NULL,
	version     BIGINT NOT NULL
);

CREATE TABLE directory_area (
	id      BIGINT PRIMARY KEY,
	name    TEXT NOT NULL,
	folded  TEXT NOT NULL UNIQUE,
	places  TEXT NOT NULL,
	team_id BIGINT NOT NULL,
	version BIGINT NOT NULL
);

CREATE TABLE directory_place (
	id     BIGINT PRIMARY KEY,
	key    TEXT NOT NULL UNIQUE, -- kind, name and within, folded
	kind   TEXT NOT NULL,
	name   TEXT NOT NULL,
	within TEXT NOT NULL,
	lat    DOUBLE PRECISION NOT NULL,
	lon    DOUBLE PRECISION NOT NULL,
	source BIGINT NOT NULL       -- the import that brought it, 0 for none
);

CREATE INDEX directory_place_source ON directory_place (source);

-- Change to new values with every change, so that a copy in memory is known to
-- be right by reading one row. Places have their own: reading them all is dear.
CREATE TABLE directory_generation (
	id         BIGINT PRIMARY KEY CHECK (id = 1),
	generation BIGINT NOT NULL,
	places     BIGINT NOT NULL
);

INSERT INTO directory_generation (id, generation, places) VALUES (1, 1, 1);
