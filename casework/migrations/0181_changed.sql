-- Which cases changed, in the order in which that was committed (writers take
-- turns), for what is learned of cases by increments. Case 0 stands for many at
-- once: then all is read anew. Old lines are removed; who has read none for so long
-- reads all anew as well.
CREATE TABLE casework_changed (
	n       BIGINT PRIMARY KEY,
	case_id BIGINT NOT NULL
);
