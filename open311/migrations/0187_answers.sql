-- What was answered to people who reported through another program, for that
-- program to fetch.
CREATE TABLE open311_answer (
	id       BIGINT PRIMARY KEY,         -- rises with the time at which it was answered
	send_key TEXT NOT NULL UNIQUE,       -- of the desk: sent twice, it is one answer
	case_id  BIGINT NOT NULL,
	key_name TEXT NOT NULL,
	body     TEXT NOT NULL,              -- '' when it was taken back
	at       BIGINT NOT NULL
);

CREATE INDEX open311_answer_key ON open311_answer (key_name, id);
CREATE UNIQUE INDEX open311_request_thread ON open311_request (thread);
