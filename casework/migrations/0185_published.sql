-- What is open, by when it was reported: for programs that ask for open reports
-- of a time, everywhere or at a place.
CREATE INDEX casework_case_open_tile ON casework_case (tile, created_at, id) WHERE ended_at = 0 AND tile <> 0;
