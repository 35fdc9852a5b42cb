-- The queue of open cases in each order and by each filter, as ranges of small
-- indexes: most cases have ended.
CREATE INDEX casework_case_queue_due ON casework_case (due_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_queue_officer ON casework_case (officer_id, due_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_queue_service ON casework_case (service_id, due_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_queue_area ON casework_case (area_id, due_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_queue_team ON casework_case (team_id, created_at, id) WHERE ended_at = 0;

-- What was done to many cases at once, for as long as it can be undone.
CREATE TABLE casework_batch (
	id         BIGINT PRIMARY KEY,
	officer_id BIGINT NOT NULL,
	at         BIGINT NOT NULL,
	undone_at  BIGINT NOT NULL
);
CREATE INDEX casework_batch_at ON casework_batch (at, id);
CREATE TABLE casework_batch_case (
	batch_id   BIGINT NOT NULL REFERENCES casework_batch (id),
	case_id    BIGINT NOT NULL,
	version    BIGINT NOT NULL,   -- after the change: one that is not there any more is left alone
	step_id    BIGINT NOT NULL,   -- of a move; 0 for none
	team_id    BIGINT NOT NULL,   -- these three: as they were
	officer_id BIGINT NOT NULL,
	due_at     BIGINT NOT NULL,
	PRIMARY KEY (batch_id, case_id)
);
