-- What was said by telephone, at the counter or by letter, as an officer wrote
-- it down: what the person said, and what they were told.
CREATE TABLE phone_contact (
	id         BIGINT PRIMARY KEY,
	seq        BIGINT NOT NULL UNIQUE,     -- in the order of commits, without gaps
	account_id BIGINT NOT NULL,
	form_key   TEXT UNIQUE,                -- one form is one contact; NULL for answers
	digest     TEXT NOT NULL,              -- of what was typed, to tell a repeat from a second thought
	send_key   TEXT,                       -- Outgoing.Key; NULL for what was logged
	thread_id  BIGINT NOT NULL,            -- the contact that it goes on with; its own id when with none
	reply_to   BIGINT NOT NULL,            -- the contact that it answers or goes on with, 0 when none
	channel    TEXT NOT NULL CHECK (channel IN ('call', 'visit', 'letter')),
	direction  TEXT NOT NULL CHECK (direction IN ('in', 'out')), -- who turned to whom
	outcome    TEXT NOT NULL CHECK (outcome IN ('owed', 'answered', 'case')),
	seconds    BIGINT NOT NULL,            -- how long it took, 0 when nobody said
	identity   TEXT NOT NULL,              -- the person's handle on this network
	name       TEXT NOT NULL,
	officer_id BIGINT NOT NULL,
	officer    TEXT NOT NULL,
	words      TEXT NOT NULL,              -- what it was about; of an answer, what they were told
	told       TEXT NOT NULL,              -- what they were told at once, '' when nothing
	at         BIGINT NOT NULL,            -- when it was
	logged_at  BIGINT NOT NULL,            -- when it was written down
	UNIQUE (account_id, send_key)
);

CREATE INDEX phone_contact_account ON phone_contact (account_id, seq);
CREATE INDEX phone_contact_thread ON phone_contact (thread_id, seq);

-- The last number given to a contact. One that is erased leaves its number used.
CREATE TABLE phone_sequence (
	id   BIGINT PRIMARY KEY CHECK (id = 1),
	last BIGINT NOT NULL
);

INSERT INTO phone_sequence (id, last) VALUES (1, 0);
