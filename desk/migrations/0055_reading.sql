-- What triage made of the message that began a conversation, and what an officer
-- made of that: how well it reads is reckoned from here.
CREATE TABLE desk_reading (
	conversation_id BIGINT PRIMARY KEY REFERENCES desk_conversation (id),
	service_id      BIGINT NOT NULL,           -- 0 for "don't know"
	sure            DOUBLE PRECISION NOT NULL, -- a probability; 0 when none was reckoned
	words           TEXT NOT NULL,             -- JSON: those that led to it
	others          TEXT NOT NULL,             -- JSON: what else it could be, likeliest first
	at              BIGINT NOT NULL,
	right_id        BIGINT NOT NULL DEFAULT 0, -- the service that an officer chose in its place
	corrected_at    BIGINT NOT NULL DEFAULT 0, -- 0 while nobody has
	officer_id      BIGINT NOT NULL DEFAULT 0
);

CREATE INDEX desk_reading_at ON desk_reading (at, service_id);
