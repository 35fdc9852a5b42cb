-- What was answered of what a service asks. The questions are the directory's;
-- an answer keeps its code, whatever becomes of the question.
CREATE TABLE casework_answer (
	case_id    BIGINT NOT NULL REFERENCES casework_case (id),
	code       TEXT NOT NULL,
	answer     TEXT NOT NULL,   -- JSON: a list of values
	origin     TEXT NOT NULL CHECK (origin IN ('words', 'citizen', 'officer', 'program')),
	message_id BIGINT NOT NULL, -- the desk's message in which it stood; 0 for none
	who        TEXT NOT NULL,   -- whoever answered or kept it, as they were called
	at         BIGINT NOT NULL,
	was        TEXT NOT NULL,   -- JSON: the answer before this one, '' for none
	PRIMARY KEY (case_id, code)
);

-- Cases of which the citizen has been asked something that is not answered yet.
CREATE TABLE casework_asking (
	case_id         BIGINT PRIMARY KEY REFERENCES casework_case (id),
	conversation_id BIGINT NOT NULL,
	codes           TEXT NOT NULL,   -- JSON: the questions, in the order in which they were numbered
	back            TEXT NOT NULL,   -- the state to which the case goes back
	asked_at        BIGINT NOT NULL
);
CREATE INDEX casework_asking_conversation ON casework_asking (conversation_id);

-- Replies that were looked at for answers, so that none is taken twice.
CREATE TABLE casework_heard (
	case_id    BIGINT NOT NULL REFERENCES casework_case (id),
	message_id BIGINT NOT NULL,
	PRIMARY KEY (case_id, message_id)
);
