-- Other systems in which the work is done, reached by Open311.
CREATE TABLE backoffice_office (
	id            BIGINT PRIMARY KEY,
	name          TEXT NOT NULL,
	url           TEXT NOT NULL,
	jurisdiction  TEXT NOT NULL,
	format        TEXT NOT NULL CHECK (format IN ('xml', 'json')),
	person        BOOLEAN NOT NULL,        -- the person's name goes with a request
	key           BLOB NOT NULL,           -- sealed; '' for none
	state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
	pulled_to     BIGINT NOT NULL,         -- updates until then have been taken
	pulled_at     BIGINT NOT NULL,
	skew          BIGINT NOT NULL,         -- microseconds by which its clock is ahead of ours
	last_ok       BIGINT NOT NULL,
	trouble       TEXT NOT NULL,           -- of the last call, '' when all is well
	trouble_since BIGINT NOT NULL,
	created_at    BIGINT NOT NULL,
	version       BIGINT NOT NULL
);

-- Which services are given by which, and what it calls them.
CREATE TABLE backoffice_route (
	service_id BIGINT PRIMARY KEY,
	office_id  BIGINT NOT NULL REFERENCES backoffice_office (id),
	code       TEXT NOT NULL
);

-- A case on its way to a back office, or there.
CREATE TABLE backoffice_push (
	case_id    BIGINT PRIMARY KEY,
	office_id  BIGINT NOT NULL REFERENCES backoffice_office (id),
	code       TEXT NOT NULL,
	state      TEXT NOT NULL CHECK (state IN ('waiting', 'asked', 'token', 'pushed', 'refused', 'dropped')),
	remote_id  TEXT NOT NULL,
	token      TEXT NOT NULL,
	attempts   BIGINT NOT NULL,
	next_at    BIGINT NOT NULL,
	asked_at   BIGINT NOT NULL,            -- when it was first posted
	trouble    TEXT NOT NULL,
	status     TEXT NOT NULL,              -- as the other side wrote it last
	status_at  BIGINT NOT NULL,
	closed     BOOLEAN NOT NULL,           -- by that status
	checked_at BIGINT NOT NULL,
	created_at BIGINT NOT NULL
);

CREATE INDEX backoffice_push_due ON backoffice_push (office_id, state, next_at);
CREATE INDEX backoffice_push_checked ON backoffice_push (office_id, checked_at) WHERE state = 'pushed';
CREATE UNIQUE INDEX backoffice_push_remote ON backoffice_push (office_id, remote_id) WHERE remote_id <> '';

-- Updates that were taken, so that each is taken once.
CREATE TABLE backoffice_pulled (
	office_id BIGINT NOT NULL REFERENCES backoffice_office (id),
	update_id TEXT NOT NULL,
	remote_id TEXT NOT NULL,
	status    TEXT NOT NULL,
	at        BIGINT NOT NULL,
	words     TEXT NOT NULL,               -- until its case is known
	case_id   BIGINT NOT NULL,             -- 0 while no case is known to be the request
	taken_at  BIGINT NOT NULL,
	PRIMARY KEY (office_id, update_id)
);

CREATE INDEX backoffice_pulled_early ON backoffice_pulled (office_id, remote_id, at) WHERE case_id = 0;
