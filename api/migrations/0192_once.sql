-- Answers to requests that carried an Idempotency-Key, written in the transaction
-- of what the request did. They are kept for a day.
CREATE TABLE api_once (
	key_id       BIGINT NOT NULL,          -- of staff_key
	name         TEXT NOT NULL,            -- the Idempotency-Key
	request_hash TEXT NOT NULL,            -- SHA-256 of path, If-Match and body
	answer       TEXT NOT NULL,            -- JSON
	version      BIGINT NOT NULL,          -- of what was made or changed, for the ETag
	created_at   BIGINT NOT NULL,
	PRIMARY KEY (key_id, name)
);

CREATE INDEX api_once_created ON api_once (created_at);
