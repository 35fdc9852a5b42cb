-- How far the making of the demonstration is; no row when there is none.
CREATE TABLE app_demonstration (
	id         BIGINT PRIMARY KEY CHECK (id = 1),
	officer_id BIGINT NOT NULL,            -- who asked for it
	done       BIGINT NOT NULL,
	total      BIGINT NOT NULL,
	finished   BOOLEAN NOT NULL,
	trouble    TEXT NOT NULL
);
