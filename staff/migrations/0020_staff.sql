CREATE TABLE staff_officer (
	id          BIGINT PRIMARY KEY,
	email       TEXT NOT NULL UNIQUE,      -- lower case
	name        TEXT NOT NULL,
	first_name  TEXT NOT NULL,
	role        TEXT NOT NULL CHECK (role IN ('administrator', 'leader', 'officer', 'reader')),
	active      BOOLEAN NOT NULL,
	password    TEXT NOT NULL,             -- argon2id in PHC form, '' until one is chosen
	single_keys BOOLEAN NOT NULL,
	theme       TEXT NOT NULL CHECK (theme IN ('auto', 'light', 'dark')),
	signature   TEXT NOT NULL,
	created_at  BIGINT NOT NULL,
	version     BIGINT NOT NULL
);

CREATE TABLE staff_session (
	id         BIGINT PRIMARY KEY,
	token_hash TEXT NOT NULL UNIQUE,
	officer_id BIGINT NOT NULL REFERENCES staff_officer (id),
	created_at BIGINT NOT NULL,
	used_at    BIGINT NOT NULL,            -- to within five minutes
	agent      TEXT NOT NULL,              -- "Firefox on Linux"
	address    TEXT NOT NULL               -- "192.0.2.0/24", never the whole address
);

CREATE INDEX staff_session_officer ON staff_session (officer_id);
CREATE INDEX staff_session_created ON staff_session (created_at);

-- The one link with which an officer can choose a password.
CREATE TABLE staff_link (
	officer_id BIGINT PRIMARY KEY REFERENCES staff_officer (id),
	token_hash TEXT NOT NULL UNIQUE,
	purpose    TEXT NOT NULL CHECK (purpose IN ('invitation', 'reset')),
	expires_at BIGINT NOT NULL
);

-- Tries to sign in that failed, by a short hash of the e-mail address: known and
-- unknown addresses are treated alike, none is kept, and the rows are bounded.
CREATE TABLE staff_failure (
	bucket   BIGINT PRIMARY KEY,
	failures BIGINT NOT NULL,
	last_at  BIGINT NOT NULL
);

CREATE TABLE staff_team (
	id             BIGINT PRIMARY KEY,
	name           TEXT NOT NULL,
	folded         TEXT NOT NULL UNIQUE,
	purpose        TEXT NOT NULL,
	contact_centre BOOLEAN NOT NULL,
	created_at     BIGINT NOT NULL,
	version        BIGINT NOT NULL
);

CREATE UNIQUE INDEX staff_team_contact_centre ON staff_team (contact_centre) WHERE contact_centre;

CREATE TABLE staff_member (
	team_id    BIGINT NOT NULL REFERENCES staff_team (id),
	officer_id BIGINT NOT NULL REFERENCES staff_officer (id),
	PRIMARY KEY (team_id, officer_id)
);

CREATE INDEX staff_member_officer ON staff_member (officer_id);

-- Changes to a new value with every change of officers, teams and members, so
-- that a copy in memory is known to be right by reading one row.
CREATE TABLE staff_generation (
	id         BIGINT PRIMARY KEY CHECK (id = 1),
	generation BIGINT NOT NULL
);

INSERT INTO staff_generation (id, generation) VALUES (1, 1);
