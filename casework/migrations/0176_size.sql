-- What two million cases showed: these are read without a look at the rows, which
-- lie all over the table.
--
-- What is near: old cases of a place are passed over within the index.
DROP INDEX casework_case_near;
CREATE INDEX casework_case_near ON casework_case (service_id, cell, ended_at) WHERE cell <> 0;

-- The map: all that a mark needs.
DROP INDEX casework_case_open_cell;
CREATE INDEX casework_case_open_cell ON casework_case (cell, id, created_at, changed_at, lat, lon, service_id, team_id, area_id, officer_id, state, hidden, ended_at)
	WHERE ended_at = 0 AND cell <> 0;

-- What programs ask of a place: a tile is larger than most places, and what lies
-- outside is passed over by its cell. (Open cases of a tile are few, and have an
-- index of their own.)
DROP INDEX casework_case_tile;
CREATE INDEX casework_case_tile ON casework_case (tile, created_at, id, cell, service_id) WHERE tile <> 0;
