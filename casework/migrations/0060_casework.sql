CREATE TABLE casework_case (
	id              BIGINT PRIMARY KEY,
	reference       TEXT NOT NULL UNIQUE,   -- for people: MC-7K3F-92QX
	form_key        TEXT NOT NULL UNIQUE,   -- of the form that made it, so that sending it twice makes one
	conversation_id BIGINT NOT NULL,
	person_id       BIGINT NOT NULL,
	who             TEXT NOT NULL,          -- the citizen's name as it was
	service_id      BIGINT NOT NULL,        -- 0 for none that is known
	words           TEXT NOT NULL,
	place           TEXT NOT NULL,
	lat             DOUBLE PRECISION NOT NULL,
	lon             DOUBLE PRECISION NOT NULL,
	state           TEXT NOT NULL CHECK (state IN ('received', 'accepted', 'in_progress', 'done', 'not_ours')),
	whose           TEXT NOT NULL DEFAULT '', -- when it is not ours
	team_id         BIGINT NOT NULL,
	officer_id      BIGINT NOT NULL DEFAULT 0,
	created_at      BIGINT NOT NULL,
	changed_at      BIGINT NOT NULL,
	ended_at        BIGINT NOT NULL DEFAULT 0,
	version         BIGINT NOT NULL
);
CREATE INDEX casework_case_changed ON casework_case (changed_at, id);
CREATE INDEX casework_case_state ON casework_case (state, changed_at, id);
CREATE INDEX casework_case_team ON casework_case (team_id, state, changed_at, id);
CREATE INDEX casework_case_officer ON casework_case (officer_id, state, changed_at, id);
CREATE INDEX casework_case_service ON casework_case (service_id, state, changed_at, id);
CREATE INDEX casework_case_conversation ON casework_case (conversation_id, id);
CREATE INDEX casework_case_person ON casework_case (person_id, id);

-- Photos are the desk's; a case names those that belong to it.
CREATE TABLE casework_photo (
	case_id  BIGINT NOT NULL REFERENCES casework_case (id),
	n        BIGINT NOT NULL,
	media_id BIGINT NOT NULL,
	PRIMARY KEY (case_id, n)
);

-- What became of a case, and what the citizen was told of it.
CREATE TABLE casework_step (
	id         BIGINT PRIMARY KEY,
	case_id    BIGINT NOT NULL REFERENCES casework_case (id),
	at         BIGINT NOT NULL,
	before     TEXT NOT NULL,              -- state before, '' for the first
	state      TEXT NOT NULL,
	whose      TEXT NOT NULL DEFAULT '',   -- before, so that it can be undone
	officer_id BIGINT NOT NULL,
	officer    TEXT NOT NULL,
	said       TEXT NOT NULL,              -- '' when the citizen was not told
	message_id BIGINT NOT NULL DEFAULT 0,  -- the desk's message that says it
	undone_at  BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX casework_step_case ON casework_step (case_id, id);
