-- Lists of an area by change, and the queue of a state: without these a filter
-- that few cases pass read all of them.
CREATE INDEX casework_case_area ON casework_case (area_id, state, changed_at, id);
CREATE INDEX casework_case_queue_state ON casework_case (state, due_at, id) WHERE ended_at = 0;
