-- A case's whole life. The tables are built anew, because SQLite cannot change
-- a CHECK; what is there is kept.
CREATE TABLE casework_case_next (
	id              BIGINT PRIMARY KEY,
	reference       TEXT NOT NULL UNIQUE,   -- for people: MC-7K3F-92QX
	track           TEXT NOT NULL,          -- of the private page: long, and '' when it has none yet
	form_key        TEXT NOT NULL UNIQUE,   -- of the form that made it, so that sending it twice makes one
	source          TEXT NOT NULL CHECK (source IN ('desk', 'open311', 'api', 'import')),
	conversation_id BIGINT NOT NULL,        -- in which it is told; 0 for none
	person_id       BIGINT NOT NULL,        -- 0 for nobody known
	who             TEXT NOT NULL,          -- the citizen's name as it was
	language        TEXT NOT NULL,          -- of the citizen, BCP 47; '' when not known
	service_id      BIGINT NOT NULL,        -- 0 for none that is known
	area_id         BIGINT NOT NULL,        -- 0 for none that is known
	words           TEXT NOT NULL,
	place           TEXT NOT NULL,
	asset           TEXT NOT NULL,          -- number of the lamp, bin or gully
	lat             DOUBLE PRECISION NOT NULL,
	lon             DOUBLE PRECISION NOT NULL,
	cell            BIGINT NOT NULL,        -- S2 leaf cell of the point; 0 for no point
	tile            BIGINT NOT NULL,        -- the S2 cell of level 13 around it (about a square kilometre)
	state           TEXT NOT NULL CHECK (state IN ('received', 'needs_information', 'accepted', 'scheduled', 'in_progress', 'done', 'not_ours', 'duplicate', 'withdrawn')),
	reason          TEXT NOT NULL,          -- why it ended, '' while it has not
	whose           TEXT NOT NULL,          -- when it is not ours
	into_id         BIGINT NOT NULL,        -- the case that a duplicate is joined into
	team_id         BIGINT NOT NULL,
	officer_id      BIGINT NOT NULL,
	due_at          BIGINT NOT NULL,        -- 0 for no day
	scheduled_at    BIGINT NOT NULL,        -- when the crew comes, 0 for not set
	half_at         BIGINT NOT NULL,        -- the honest date as it was when the case was opened: half are done by then,
	most_at         BIGINT NOT NULL,        -- nine in ten by then; 0 when nothing was known
	me_too          BIGINT NOT NULL,        -- how many others it is for
	reopened        BIGINT NOT NULL,        -- how often it was taken up again
	unfixed         BIGINT NOT NULL,        -- how often a citizen said that it was not fixed
	fixed           BIGINT NOT NULL,        -- and that it was
	cost            BIGINT NOT NULL,        -- pence, 0 when not known
	quiet           BOOLEAN NOT NULL,       -- the citizen wants no more news
	hidden          BOOLEAN NOT NULL,       -- kept off public pages
	created_at      BIGINT NOT NULL,
	changed_at      BIGINT NOT NULL,
	ended_at        BIGINT NOT NULL,        -- 0 while it is open
	version         BIGINT NOT NULL
);
INSERT INTO casework_case_next
	SELECT id, reference, '', form_key, CASE WHEN form_key LIKE 'import:%' THEN 'import' ELSE 'desk' END, conversation_id, person_id, who, '', service_id, 0,
		words, place, '', lat, lon, 0, 0, state, '', whose, 0, team_id, officer_id, 0, 0, 0, 0, 0, 0, 0, 0, 0, FALSE, FALSE, created_at, changed_at, ended_at, version
	FROM casework_case;

CREATE TABLE casework_photo_next (
	case_id  BIGINT NOT NULL REFERENCES casework_case_next (id),
	n        BIGINT NOT NULL,
	media_id BIGINT NOT NULL,
	phase    TEXT NOT NULL CHECK (phase IN ('report', 'before', 'after')),
	PRIMARY KEY (case_id, n)
);
INSERT INTO casework_photo_next SELECT case_id, n, media_id, 'report' FROM casework_photo;

CREATE TABLE casework_step_next (
	id            BIGINT PRIMARY KEY,
	case_id       BIGINT NOT NULL REFERENCES casework_case_next (id),
	at            BIGINT NOT NULL,
	before        TEXT NOT NULL,          -- state before, '' for the first
	state         TEXT NOT NULL,
	reason        TEXT NOT NULL,          -- why it ended with this step
	whose         TEXT NOT NULL,          -- these four: of the case before, so that it can be undone
	reason_before TEXT NOT NULL,
	into_before   BIGINT NOT NULL,
	scheduled_before BIGINT NOT NULL,
	by_kind       TEXT NOT NULL CHECK (by_kind IN ('officer', 'program', 'citizen')),
	officer_id    BIGINT NOT NULL,        -- 0 unless an officer did it
	officer       TEXT NOT NULL,          -- the name of whoever did it, as it was
	said          TEXT NOT NULL,          -- '' when the citizen was not told
	message_id    BIGINT NOT NULL,        -- the desk's message that says it
	undone_at     BIGINT NOT NULL
);
INSERT INTO casework_step_next
	SELECT id, case_id, at, before, state, '', whose, '', 0, 0, CASE WHEN officer_id = 0 THEN 'program' ELSE 'officer' END, officer_id, officer, said, message_id, undone_at
	FROM casework_step;

DROP TABLE casework_step;
DROP TABLE casework_photo;
DROP TABLE casework_case;
ALTER TABLE casework_case_next RENAME TO casework_case;
ALTER TABLE casework_photo_next RENAME TO casework_photo;
ALTER TABLE casework_step_next RENAME TO casework_step;

CREATE INDEX casework_case_changed ON casework_case (changed_at, id);
CREATE INDEX casework_case_created ON casework_case (created_at, id);
CREATE INDEX casework_case_state ON casework_case (state, changed_at, id);
CREATE INDEX casework_case_team ON casework_case (team_id, state, changed_at, id);
CREATE INDEX casework_case_officer ON casework_case (officer_id, state, changed_at, id);
CREATE INDEX casework_case_service ON casework_case (service_id, state, changed_at, id);
CREATE INDEX casework_case_service_created ON casework_case (service_id, created_at, id);
CREATE INDEX casework_case_conversation ON casework_case (conversation_id, id);
CREATE INDEX casework_case_person ON casework_case (person_id, id);
-- What a team has open, by what is due; what has no day is last (its due_at is
-- 0, and is read as a second range).
CREATE INDEX casework_case_due ON casework_case (team_id, due_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_tile ON casework_case (tile, created_at, id) WHERE tile <> 0;
CREATE INDEX casework_case_near ON casework_case (service_id, cell) WHERE cell <> 0;
CREATE INDEX casework_case_open_cell ON casework_case (cell, id) WHERE ended_at = 0 AND cell <> 0;
CREATE INDEX casework_case_into ON casework_case (into_id, id) WHERE into_id <> 0;
CREATE UNIQUE INDEX casework_case_track ON casework_case (track) WHERE track <> '';
CREATE INDEX casework_step_case ON casework_step (case_id, id);
