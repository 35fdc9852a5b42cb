-- What of a case is to be done by whom.
CREATE TABLE casework_task (
	id          BIGINT PRIMARY KEY,
	case_id     BIGINT NOT NULL REFERENCES casework_case (id),
	title       TEXT NOT NULL,
	team_id     BIGINT NOT NULL,
	officer_id  BIGINT NOT NULL,        -- 0 for nobody of the team yet
	due_at      BIGINT NOT NULL,        -- 0 for no day
	made_by     TEXT NOT NULL,
	made_at     BIGINT NOT NULL,
	done_at     BIGINT NOT NULL,        -- 0 while it is to be done
	done_by     TEXT NOT NULL,
	removed_at  BIGINT NOT NULL,        -- 0 while it is there
	step_id     BIGINT NOT NULL,        -- the step that ended it with its case, so that undoing the one brings back the other; 0 for none
	version     BIGINT NOT NULL
);
CREATE INDEX casework_task_case ON casework_task (case_id, id);
CREATE INDEX casework_task_team ON casework_task (team_id, due_at, id) WHERE done_at = 0 AND removed_at = 0;
CREATE INDEX casework_task_officer ON casework_task (officer_id, due_at, id) WHERE done_at = 0 AND removed_at = 0;

-- Cases that have to do with each other, otherwise than by being the same.
CREATE TABLE casework_link (
	case_id  BIGINT NOT NULL REFERENCES casework_case (id),
	other_id BIGINT NOT NULL REFERENCES casework_case (id),
	kind     TEXT NOT NULL CHECK (kind IN ('relates_to', 'caused_by', 'follows')),
	officer  TEXT NOT NULL,
	at       BIGINT NOT NULL,
	PRIMARY KEY (case_id, other_id, kind)
);
CREATE INDEX casework_link_other ON casework_link (other_id, case_id);
