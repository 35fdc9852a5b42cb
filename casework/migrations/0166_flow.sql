-- What was opened and closed on each day (days since 1970 in UTC), by service and
-- area, kept by increments, so that no page counts all cases.
CREATE TABLE casework_flow (
	day        BIGINT NOT NULL,
	service_id BIGINT NOT NULL,
	area_id    BIGINT NOT NULL,
	opened     BIGINT NOT NULL,
	closed     BIGINT NOT NULL,   -- done, or given up because no reply came
	resolved   BIGINT NOT NULL,   -- of closed: what was asked for was done
	unresolved BIGINT NOT NULL,   -- of closed: it was not
	reopened   BIGINT NOT NULL,   -- taken up again on that day
	PRIMARY KEY (day, service_id, area_id)
);
INSERT INTO casework_flow
	SELECT day, service_id, area_id, SUM(opened), SUM(closed), SUM(resolved), SUM(unresolved), SUM(reopened) FROM (
		SELECT created_at / 86400000000 AS day, service_id, area_id, 1 AS opened, 0 AS closed, 0 AS resolved, 0 AS unresolved, 0 AS reopened FROM casework_case
		UNION ALL
		SELECT ended_at / 86400000000, service_id, area_id, 0, 1, CASE WHEN state = 'done' AND reason IN ('fixed', 'advised') THEN 1 ELSE 0 END,
			CASE WHEN state = 'withdrawn' OR reason NOT IN ('', 'fixed', 'advised') THEN 1 ELSE 0 END, 0
			FROM casework_case WHERE ended_at <> 0 AND (state = 'done' OR state = 'withdrawn' AND reason = 'no_reply')
		UNION ALL
		SELECT changed_at / 86400000000, service_id, area_id, 0, 0, 0, 0, reopened FROM casework_case WHERE reopened <> 0
	) AS parts GROUP BY day, service_id, area_id;
