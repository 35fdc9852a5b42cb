-- The public address of each account, so that the pages know a form without
-- asking anybody. A form is open while some connection reads what it takes.
CREATE TABLE webform_form (
	account_id BIGINT PRIMARY KEY,
	slug       TEXT NOT NULL UNIQUE,
	title      TEXT NOT NULL,
	intro      TEXT NOT NULL,
	seen_at    BIGINT NOT NULL,            -- when a connection last read, to within five minutes
	released   BOOLEAN NOT NULL            -- its connection was closed: the form is shut, and its address is free
);

-- One citizen's exchange with us. The long reference opens its page and is kept
-- only as a hash, and sealed with the token of the form that made it.
CREATE TABLE webform_thread (
	id               BIGINT PRIMARY KEY,
	account_id       BIGINT NOT NULL,
	short_reference  TEXT NOT NULL UNIQUE,
	reference_hash   TEXT NOT NULL UNIQUE,
	sealed_reference BLOB NOT NULL,
	conversation     TEXT NOT NULL,        -- as the first answer named it, '' before
	service_id       BIGINT NOT NULL,      -- 0 when it is about none
	subject          TEXT NOT NULL,
	name             TEXT NOT NULL,
	email            TEXT NOT NULL,
	phone            TEXT NOT NULL,
	language         TEXT NOT NULL CHECK (language IN ('en', 'cy', 'gd')),
	first_post       BIGINT NOT NULL,      -- the post that began it
	created_at       BIGINT NOT NULL
);

CREATE TABLE webform_post (
	id          BIGINT PRIMARY KEY,
	seq         BIGINT NOT NULL UNIQUE,    -- in the order of commits, without gaps
	thread_id   BIGINT NOT NULL REFERENCES webform_thread (id),
	account_id  BIGINT NOT NULL,
	direction   TEXT NOT NULL CHECK (direction IN ('in', 'out')),
	reply_to    BIGINT NOT NULL,           -- the post that it answers, 0 when it begins the thread
	form_hash   TEXT UNIQUE,               -- of the form's token: one form is one post
	form_digest TEXT NOT NULL,             -- of what was typed, to tell a repeat from a second thought
	send_key    TEXT,                      -- Outgoing.Key: one key is one post
	body        TEXT NOT NULL,
	cleaned     BOOLEAN NOT NULL,          -- hidden characters were taken out
	place_words TEXT NOT NULL,
	place_point BOOLEAN NOT NULL,
	lat         DOUBLE PRECISION NOT NULL,
	lon         DOUBLE PRECISION NOT NULL,
	accuracy    DOUBLE PRECISION NOT NULL, -- metres, 0 when unknown
	at          BIGINT NOT NULL,
	deleted_at  BIGINT NOT NULL,           -- 0 while it is there
	UNIQUE (account_id, send_key)
);

CREATE INDEX webform_post_account ON webform_post (account_id, direction, seq);
CREATE INDEX webform_post_thread ON webform_post (thread_id, seq);

-- The last number given to a post. A post that is erased leaves its number used.
CREATE TABLE webform_sequence (
	id   BIGINT PRIMARY KEY CHECK (id = 1),
	last BIGINT NOT NULL
);

INSERT INTO webform_sequence (id, last) VALUES (1, 0);

-- Files of posts and, with post_id 0, of forms that were not sent yet. The row
-- is written before the file, so that no file is ever without one.
CREATE TABLE webform_file (
	id           BIGINT PRIMARY KEY,
	post_id      BIGINT NOT NULL,
	form_hash    TEXT NOT NULL,            -- whose form it waits in, '' for one of ours
	blob_key     TEXT NOT NULL,
	thumb_key    TEXT NOT NULL,            -- '' for what is no picture
	content_type TEXT NOT NULL,
	filename     TEXT NOT NULL,
	alt          TEXT NOT NULL,
	width        BIGINT NOT NULL,
	height       BIGINT NOT NULL,
	size         BIGINT NOT NULL,
	placed       BOOLEAN NOT NULL,         -- the photo said where it was taken; forgotten when the form is sent
	lat          DOUBLE PRECISION NOT NULL,
	lon          DOUBLE PRECISION NOT NULL,
	accuracy     DOUBLE PRECISION NOT NULL,
	made_at      BIGINT NOT NULL
);

CREATE INDEX webform_file_post ON webform_file (post_id, made_at);
CREATE INDEX webform_file_form ON webform_file (form_hash);
