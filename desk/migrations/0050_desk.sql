CREATE TABLE desk_account (
	id             BIGINT PRIMARY KEY,
	network        TEXT NOT NULL,
	name           TEXT NOT NULL,
	options        TEXT NOT NULL,             -- JSON, without secrets
	secret_names   TEXT NOT NULL,             -- JSON list of the options that are sealed
	secrets        BLOB,                      -- sealed JSON
	session        BLOB,                      -- sealed, the adapter's own
	self_id        TEXT NOT NULL DEFAULT '',
	self_handle    TEXT NOT NULL DEFAULT '',
	self_name      TEXT NOT NULL DEFAULT '',
	self_profile   TEXT NOT NULL DEFAULT '',
	cursor         TEXT NOT NULL DEFAULT '',
	state          TEXT NOT NULL CHECK (state IN ('active', 'paused', 'removed')),
	trouble        TEXT NOT NULL DEFAULT '',  -- network.Trouble of the last attempt, '' when all is well
	sentence       TEXT NOT NULL DEFAULT '',  -- what people are told of it
	trouble_since  BIGINT NOT NULL DEFAULT 0,
	last_ok_at     BIGINT NOT NULL DEFAULT 0,
	sign_replies   BOOLEAN NOT NULL,          -- add the officer's first name
	team_id        BIGINT NOT NULL DEFAULT 0, -- where its messages go first; 0 = by the rules
	created_at     BIGINT NOT NULL,
	version        BIGINT NOT NULL
);

CREATE TABLE desk_conversation (
	id             BIGINT PRIMARY KEY,
	account_id     BIGINT NOT NULL REFERENCES desk_account (id),
	network        TEXT NOT NULL,
	handle_id      BIGINT NOT NULL,
	person_id      BIGINT NOT NULL,
	thread         TEXT NOT NULL,
	token          TEXT NOT NULL,
	subject        TEXT NOT NULL DEFAULT '',
	excerpt        TEXT NOT NULL DEFAULT '',
	who            TEXT NOT NULL,             -- the citizen's name or handle, for lists
	state          TEXT NOT NULL CHECK (state IN ('open', 'waiting', 'snoozed', 'closed')),
	visibility     TEXT NOT NULL,
	team_id        BIGINT NOT NULL,
	officer_id     BIGINT NOT NULL DEFAULT 0,
	service_id     BIGINT NOT NULL DEFAULT 0,
	language       TEXT NOT NULL DEFAULT '',
	place          TEXT NOT NULL DEFAULT '',
	place_folded   TEXT NOT NULL DEFAULT '',
	lat            DOUBLE PRECISION NOT NULL DEFAULT 0,
	lon            DOUBLE PRECISION NOT NULL DEFAULT 0,
	messages       BIGINT NOT NULL DEFAULT 0,
	last_id        BIGINT NOT NULL DEFAULT 0, -- the newest message that is not a note
	last_in_id     BIGINT NOT NULL DEFAULT 0,
	sorted         BIGINT NOT NULL,           -- when something was last said
	due_at         BIGINT NOT NULL DEFAULT 0, -- when an answer is late; 0 when none is owed
	snoozed_until  BIGINT NOT NULL DEFAULT 0,
	closed_reason  TEXT NOT NULL DEFAULT '',
	case_ref       TEXT NOT NULL DEFAULT '',  -- reference of its newest case, for lists
	created_at     BIGINT NOT NULL,
	version        BIGINT NOT NULL
);
CREATE UNIQUE INDEX desk_conversation_token ON desk_conversation (token);
CREATE UNIQUE INDEX desk_conversation_thread ON desk_conversation (account_id, handle_id, thread);
CREATE INDEX desk_conversation_sorted ON desk_conversation (sorted, id);
CREATE INDEX desk_conversation_state ON desk_conversation (state, sorted, id);
CREATE INDEX desk_conversation_officer ON desk_conversation (officer_id, state, sorted, id);
CREATE INDEX desk_conversation_team ON desk_conversation (team_id, state, sorted, id);
CREATE INDEX desk_conversation_due ON desk_conversation (state, due_at, id);
CREATE INDEX desk_conversation_person ON desk_conversation (person_id, sorted, id);
CREATE INDEX desk_conversation_service ON desk_conversation (service_id, state, sorted, id);
CREATE INDEX desk_conversation_account ON desk_conversation (account_id, state, sorted, id);
CREATE INDEX desk_conversation_snoozed ON desk_conversation (snoozed_until) WHERE state = 'snoozed';

CREATE TABLE desk_message (
	id              BIGINT PRIMARY KEY,
	conversation_id BIGINT NOT NULL REFERENCES desk_conversation (id),
	account_id      BIGINT NOT NULL,
	direction       TEXT NOT NULL CHECK (direction IN ('in', 'out', 'note')),
	ref             TEXT NOT NULL DEFAULT '',
	reply_to        TEXT NOT NULL DEFAULT '',
	thread          TEXT NOT NULL DEFAULT '',
	handle_id       BIGINT NOT NULL DEFAULT 0,
	officer_id      BIGINT NOT NULL DEFAULT 0,
	author          TEXT NOT NULL,            -- as shown
	visibility      TEXT NOT NULL,
	subject         TEXT NOT NULL DEFAULT '',
	body            TEXT NOT NULL,
	html            TEXT NOT NULL DEFAULT '', -- sanitised
	warning         TEXT NOT NULL DEFAULT '',
	language        TEXT NOT NULL DEFAULT '',
	url             TEXT NOT NULL DEFAULT '',
	automatic       TEXT NOT NULL DEFAULT '',
	details         TEXT NOT NULL DEFAULT '', -- JSON: mentions, fields, contact, place, notices
	raw             BLOB,
	at              BIGINT NOT NULL,
	received_at     BIGINT NOT NULL,
	edited_at       BIGINT NOT NULL DEFAULT 0,
	deleted_at      BIGINT NOT NULL DEFAULT 0,
	state           TEXT NOT NULL CHECK (state IN ('received', 'noted', 'queued', 'sending', 'sent', 'failed', 'cancelled', 'taking_back', 'taken_back')),
	send_at         BIGINT NOT NULL DEFAULT 0,
	retry_at        BIGINT NOT NULL DEFAULT 0,
	attempts        BIGINT NOT NULL DEFAULT 0,
	trouble         TEXT NOT NULL DEFAULT '', -- a sentence
	version         BIGINT NOT NULL
);
CREATE UNIQUE INDEX desk_message_ref ON desk_message (account_id, ref) WHERE ref <> '';
CREATE INDEX desk_message_conversation ON desk_message (conversation_id, at, id);
CREATE INDEX desk_message_failed ON desk_message (conversation_id) WHERE state = 'failed';
CREATE INDEX desk_message_unsent ON desk_message (state, send_at) WHERE state IN ('queued', 'sending', 'failed', 'taking_back');

-- Each post of an answer: one, or several when it is longer than the network
-- allows.
CREATE TABLE desk_part (
	message_id BIGINT NOT NULL REFERENCES desk_message (id),
	n          BIGINT NOT NULL,
	account_id BIGINT NOT NULL,
	key        TEXT NOT NULL,
	body       TEXT NOT NULL,
	tried      BOOLEAN NOT NULL,
	ref        TEXT NOT NULL DEFAULT '',
	url        TEXT NOT NULL DEFAULT '',
	gone       BOOLEAN NOT NULL,
	PRIMARY KEY (message_id, n)
);
CREATE UNIQUE INDEX desk_part_key ON desk_part (key);
CREATE UNIQUE INDEX desk_part_ref ON desk_part (account_id, ref) WHERE ref <> '';

CREATE TABLE desk_media (
	id           BIGINT PRIMARY KEY,
	message_id   BIGINT NOT NULL DEFAULT 0,  -- 0 while it belongs to a draft
	draft_of     BIGINT NOT NULL DEFAULT 0,  -- the officer whose draft it belongs to
	conversation_id BIGINT NOT NULL,
	n            BIGINT NOT NULL,
	url          TEXT NOT NULL DEFAULT '',
	filename     TEXT NOT NULL DEFAULT '',
	content_type TEXT NOT NULL DEFAULT '',
	alt          TEXT NOT NULL DEFAULT '',
	size         BIGINT NOT NULL DEFAULT 0,
	width        BIGINT NOT NULL DEFAULT 0,
	height       BIGINT NOT NULL DEFAULT 0,
	state        TEXT NOT NULL CHECK (state IN ('waiting', 'ready', 'refused')),
	sentence     TEXT NOT NULL DEFAULT '',
	original     TEXT NOT NULL DEFAULT '',   -- blob of what came in, until it is cleaned
	blob         TEXT NOT NULL DEFAULT '',
	thumbnail    TEXT NOT NULL DEFAULT '',
	created_at   BIGINT NOT NULL
);
CREATE INDEX desk_media_message ON desk_media (message_id, n);
CREATE INDEX desk_media_draft ON desk_media (draft_of, conversation_id) WHERE draft_of <> 0;

-- What a message said before its author edited it.
CREATE TABLE desk_revision (
	message_id BIGINT NOT NULL REFERENCES desk_message (id),
	at         BIGINT NOT NULL,
	body       TEXT NOT NULL,
	PRIMARY KEY (message_id, at)
);

CREATE TABLE desk_draft (
	officer_id      BIGINT NOT NULL,
	conversation_id BIGINT NOT NULL,
	body            TEXT NOT NULL,
	subject         TEXT NOT NULL DEFAULT '',
	visibility      TEXT NOT NULL DEFAULT '',
	note            BOOLEAN NOT NULL,
	updated_at      BIGINT NOT NULL,
	PRIMARY KEY (officer_id, conversation_id)
);

CREATE TABLE desk_seen (
	officer_id      BIGINT NOT NULL,
	conversation_id BIGINT NOT NULL,
	message_id      BIGINT NOT NULL,
	PRIMARY KEY (officer_id, conversation_id)
);

CREATE TABLE desk_notification (
	id              BIGINT PRIMARY KEY,
	officer_id      BIGINT NOT NULL,
	conversation_id BIGINT NOT NULL,
	message_id      BIGINT NOT NULL DEFAULT 0,
	kind            TEXT NOT NULL,
	body            TEXT NOT NULL,
	at              BIGINT NOT NULL,
	read_at         BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX desk_notification_officer ON desk_notification (officer_id, read_at, id);

CREATE TABLE desk_rule (
	id         BIGINT PRIMARY KEY,
	position   BIGINT NOT NULL,
	name       TEXT NOT NULL,
	account_id BIGINT NOT NULL DEFAULT 0,
	service_id BIGINT NOT NULL DEFAULT 0,
	language   TEXT NOT NULL DEFAULT '',
	words      TEXT NOT NULL DEFAULT '',
	place      TEXT NOT NULL DEFAULT '',
	team_id    BIGINT NOT NULL,
	active     BOOLEAN NOT NULL,
	version    BIGINT NOT NULL
);

-- Posts that were deleted before they came in: networks deliver in any order.
CREATE TABLE desk_gone (
	account_id BIGINT NOT NULL,
	ref        TEXT NOT NULL,
	at         BIGINT NOT NULL,
	PRIMARY KEY (account_id, ref)
);

-- What came in and could not be kept as a message: the event as JSON, so that
-- nothing is lost and nothing holds up the rest.
CREATE TABLE desk_unreadable (
	id         BIGINT PRIMARY KEY,
	account_id BIGINT NOT NULL,
	ref        TEXT NOT NULL,
	event      TEXT NOT NULL,
	reason     TEXT NOT NULL,
	at         BIGINT NOT NULL
);
CREATE INDEX desk_unreadable_account ON desk_unreadable (account_id, id);
