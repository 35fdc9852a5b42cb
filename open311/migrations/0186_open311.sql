-- Service requests that other programs sent in: by which key, and of whom.
CREATE TABLE open311_request (
	case_id         BIGINT PRIMARY KEY,
	key_id          BIGINT NOT NULL,
	key_name        TEXT NOT NULL,       -- folded: a new key of the same name goes on where one ended
	author          TEXT NOT NULL,       -- who reported it, as the desk's network knows them
	thread          TEXT NOT NULL,       -- the post that began the conversation
	conversation_id BIGINT NOT NULL,
	created_at      BIGINT NOT NULL
);

CREATE INDEX open311_request_conversation ON open311_request (conversation_id);

-- One row for each request of a key, so that the same one again, also at the same
-- time, leads to the case that there is.
CREATE TABLE open311_once (
	key_id     BIGINT NOT NULL,
	name       TEXT NOT NULL,            -- its Idempotency-Key, or a digest of what it holds
	digest     TEXT NOT NULL,            -- of what it holds
	case_id    BIGINT NOT NULL,
	created_at BIGINT NOT NULL,
	PRIMARY KEY (key_id, name)
);

CREATE INDEX open311_once_created ON open311_once (created_at);
