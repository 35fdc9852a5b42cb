-- Browsers in which an officer has signed in before: their tries are counted by
-- themselves, so that a stranger's guesses keep nobody out.
CREATE TABLE staff_browser (
	officer_id BIGINT NOT NULL REFERENCES staff_officer (id),
	token_hash TEXT NOT NULL,
	used_at    BIGINT NOT NULL,
	PRIMARY KEY (officer_id, token_hash)
);

CREATE INDEX staff_browser_used ON staff_browser (used_at);
