-- Until when a case should have been done by what the council has promised for its
-- service, whatever day an officer set since; 0 for none. What there was is taken
-- from the day that is set now, for nothing else is known.
ALTER TABLE casework_case ADD COLUMN standard_at BIGINT NOT NULL DEFAULT 0;
UPDATE casework_case SET standard_at = due_at WHERE due_at <> 0;
-- How often the council kept its word, by the week (since Monday 29 December 1969)
-- in which what was said was over, kept by increments.
CREATE TABLE casework_kept (
	week       BIGINT NOT NULL,
	service_id BIGINT NOT NULL,
	kind       TEXT NOT NULL CHECK (kind IN ('date', 'standard')),  -- nine in ten would be done by then; the council has promised it
	told       BIGINT NOT NULL,
	kept       BIGINT NOT NULL,   -- of told: done by then
	PRIMARY KEY (week, service_id, kind)
);
INSERT INTO casework_kept
	SELECT (until / 86400000000 + 3) / 7, service_id, kind, COUNT(*), SUM(kept) FROM (
		SELECT most_at AS until, service_id, 'date' AS kind, CASE WHEN state = 'done' AND reason IN ('', 'fixed', 'advised') AND ended_at <= most_at THEN 1 ELSE 0 END AS kept
			FROM casework_case WHERE most_at <> 0 AND (state NOT IN ('not_ours', 'duplicate', 'withdrawn') OR reason = 'no_reply')
		UNION ALL
		SELECT standard_at, service_id, 'standard', CASE WHEN state = 'done' AND reason IN ('', 'fixed', 'advised') AND ended_at <= standard_at THEN 1 ELSE 0 END
			FROM casework_case WHERE standard_at <> 0 AND (state NOT IN ('not_ours', 'duplicate', 'withdrawn') OR reason = 'no_reply')
	) AS said GROUP BY (until / 86400000000 + 3) / 7, service_id, kind;
