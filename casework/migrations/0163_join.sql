-- Conversations beside the one in which a case began. Who wrote in them is told
-- at each later step, as those are whose own case is joined into this one.
CREATE TABLE casework_conversation (
	case_id         BIGINT NOT NULL REFERENCES casework_case (id),
	conversation_id BIGINT NOT NULL,
	person_id       BIGINT NOT NULL,
	who             TEXT NOT NULL,     -- the citizen's name as it was
	told            BOOLEAN NOT NULL,  -- they are told at each later step
	counted         BOOLEAN NOT NULL,  -- among the case's me_too
	case_before     TEXT NOT NULL,     -- reference that stood with the conversation before
	message_id      BIGINT NOT NULL,   -- the desk's message by which they were told of it
	officer         TEXT NOT NULL,     -- who joined it
	at              BIGINT NOT NULL,
	PRIMARY KEY (case_id, conversation_id)
);
CREATE INDEX casework_conversation_of ON casework_conversation (conversation_id, case_id);

-- What others than the first reporter were told with a step, so that it can be
-- stopped with it.
CREATE TABLE casework_told (
	step_id         BIGINT NOT NULL REFERENCES casework_step (id),
	conversation_id BIGINT NOT NULL,
	message_id      BIGINT NOT NULL,
	PRIMARY KEY (step_id, conversation_id)
);

-- How near two reports of a service are to be taken for one.
CREATE TABLE casework_nearby (
	service_id BIGINT PRIMARY KEY,
	metres     BIGINT NOT NULL,
	days       BIGINT NOT NULL
);

-- Taps on "me too". The hash is of an address and a salt that is thrown away
-- after a day, and goes with it: it is there so that one tap counts once.
CREATE TABLE casework_me_too (
	case_id BIGINT NOT NULL,
	hash    TEXT NOT NULL,
	at      BIGINT NOT NULL,
	PRIMARY KEY (case_id, hash)
);
CREATE INDEX casework_me_too_at ON casework_me_too (at);
