-- The public list of what is open, newest first: whole, of a service, of an area.
CREATE INDEX casework_case_open_created ON casework_case (created_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_open_service ON casework_case (service_id, created_at, id) WHERE ended_at = 0;
CREATE INDEX casework_case_open_area ON casework_case (area_id, created_at, id) WHERE ended_at = 0;

-- The salt of a day's "me too" taps. It is thrown away when the day is over, and
-- with it whatever could be read from their hashes.
CREATE TABLE casework_salt (
	day  TEXT PRIMARY KEY,
	salt TEXT NOT NULL
);
