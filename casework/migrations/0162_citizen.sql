-- What citizens said of a case that was closed: once for each citizen and each
-- closing, and changeable.
CREATE TABLE casework_feedback (
	id         BIGINT PRIMARY KEY,
	case_id    BIGINT NOT NULL REFERENCES casework_case (id),
	closing_id BIGINT NOT NULL,        -- the step that closed it
	who        TEXT NOT NULL,          -- which citizen: 'page', or 'conversation:ID'
	answer     TEXT NOT NULL CHECK (answer IN ('fixed', 'unfixed')),
	way        TEXT NOT NULL CHECK (way IN ('page', 'reply')), -- tapped on the private page, or read from a message
	words      TEXT NOT NULL,
	message_id BIGINT NOT NULL,        -- the desk's message from which it was read; 0 for none
	step_id    BIGINT NOT NULL,        -- the step that took the case up again; 0 for none
	at         BIGINT NOT NULL,
	undone_at  BIGINT NOT NULL,
	UNIQUE (case_id, closing_id, who)
);

-- How cases of a service ended, kept by increments; service 0 has those of which
-- no service is known.
CREATE TABLE casework_outcome (
	service_id BIGINT PRIMARY KEY,
	opened     BIGINT NOT NULL,
	closed     BIGINT NOT NULL,        -- done, or given up without a reply
	resolved   BIGINT NOT NULL,        -- of the closed: what was asked for was done
	unresolved BIGINT NOT NULL,        -- of the closed: it was not; the rest have no reason
	fixed      BIGINT NOT NULL,        -- a citizen said that it was fixed
	unfixed    BIGINT NOT NULL,        -- a citizen said that it was not
	reopened   BIGINT NOT NULL         -- taken up again at least once
);
INSERT INTO casework_outcome
	SELECT service_id, COUNT(*),
		SUM(CASE WHEN state = 'done' OR state = 'withdrawn' AND reason = 'no_reply' THEN 1 ELSE 0 END),
		SUM(CASE WHEN state = 'done' AND reason IN ('fixed', 'advised') THEN 1 ELSE 0 END),
		SUM(CASE WHEN state = 'done' AND reason NOT IN ('', 'fixed', 'advised') OR state = 'withdrawn' AND reason = 'no_reply' THEN 1 ELSE 0 END),
		SUM(CASE WHEN fixed > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN unfixed > 0 THEN 1 ELSE 0 END), SUM(CASE WHEN reopened > 0 THEN 1 ELSE 0 END)
	FROM casework_case GROUP BY service_id;

-- What citizens are told on an occasion, instead of the usual words.
CREATE TABLE casework_words (
	service_id BIGINT NOT NULL,        -- 0 for every service
	language   TEXT NOT NULL CHECK (language IN ('en', 'cy', 'gd')),
	occasion   TEXT NOT NULL,          -- a state, or a way into it
	reason     TEXT NOT NULL,          -- '' for every reason
	body       TEXT NOT NULL,
	PRIMARY KEY (service_id, language, occasion, reason)
);
