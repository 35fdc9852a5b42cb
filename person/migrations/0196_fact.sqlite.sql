-- How a person can be reached otherwise, as an officer wrote it down: for what,
-- from where they have it, and until when. What has ended is removed.
CREATE TABLE person_fact (
	id         BIGINT PRIMARY KEY,
	person_id  BIGINT NOT NULL REFERENCES person_person (id),
	kind       TEXT NOT NULL CHECK (kind IN ('phone', 'email', 'address')),
	value      TEXT NOT NULL,           -- as people read it
	folded     TEXT NOT NULL, -- as it is found: +441334412345; sorts by bytes, so that "begins with" is a range
	source     TEXT NOT NULL,
	purpose    TEXT NOT NULL,
	officer_id BIGINT NOT NULL,
	officer    TEXT NOT NULL,
	at         BIGINT NOT NULL,
	until      BIGINT NOT NULL,         -- 0 while nobody said
	version    BIGINT NOT NULL
);

CREATE INDEX person_fact_person ON person_fact (person_id, id);
CREATE INDEX person_fact_found ON person_fact (kind, folded, person_id);
CREATE INDEX person_fact_until ON person_fact (until) WHERE until > 0;
