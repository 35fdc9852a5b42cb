-- Addresses of other programs that are told what happens here.
CREATE TABLE api_endpoint (
	id            BIGINT PRIMARY KEY,
	name          TEXT NOT NULL,
	url           TEXT NOT NULL,
	kinds         TEXT NOT NULL,           -- kinds of events, parted by spaces
	words         BOOLEAN NOT NULL,        -- what people wrote goes with them
	secret        BLOB NOT NULL,           -- sealed
	former        BLOB NOT NULL,           -- sealed, the secret before; '' for none
	former_until  BIGINT NOT NULL,
	state         TEXT NOT NULL CHECK (state IN ('active', 'paused', 'ended')),
	why           TEXT NOT NULL,           -- when the program paused it
	failures      BIGINT NOT NULL,         -- in a row
	failing_since BIGINT NOT NULL,
	held_until    BIGINT NOT NULL,         -- nothing is tried before
	wake_at       BIGINT NOT NULL,         -- for when a job stands in the queue, 0 for none
	created_at    BIGINT NOT NULL,
	created_by    BIGINT NOT NULL,
	version       BIGINT NOT NULL
);

-- The number of the last event.
CREATE TABLE api_sequence (
	id     BIGINT PRIMARY KEY CHECK (id = 1),
	number BIGINT NOT NULL
);

INSERT INTO api_sequence (id, number) VALUES (1, 0);

-- What happened, without a word that anybody wrote.
CREATE TABLE api_event (
	number     BIGINT PRIMARY KEY,         -- without gaps, in the order of the commits
	id         BIGINT NOT NULL UNIQUE,
	kind       TEXT NOT NULL,
	at         BIGINT NOT NULL,
	subject    TEXT NOT NULL,
	subject_id BIGINT NOT NULL,
	data       TEXT NOT NULL               -- JSON
);

CREATE INDEX api_event_at ON api_event (at, number);

-- One event on its way to one endpoint, and what came of the last try.
CREATE TABLE api_delivery (
	endpoint_id BIGINT NOT NULL REFERENCES api_endpoint (id),
	number      BIGINT NOT NULL REFERENCES api_event (number),
	state       TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'given_up')),
	attempts    BIGINT NOT NULL,
	next_at     BIGINT NOT NULL,           -- of the next try
	tried_at    BIGINT NOT NULL,
	took        BIGINT NOT NULL,           -- microseconds
	status      BIGINT NOT NULL,           -- of HTTP, 0 when there was no answer
	trouble     TEXT NOT NULL,
	media_type  TEXT NOT NULL,
	answer      TEXT NOT NULL,             -- how it begins
	PRIMARY KEY (endpoint_id, number)
);

CREATE INDEX api_delivery_next ON api_delivery (endpoint_id, state, next_at);
CREATE INDEX api_delivery_state ON api_delivery (endpoint_id, state, number);
CREATE INDEX api_delivery_number ON api_delivery (number);
