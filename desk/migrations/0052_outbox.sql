-- Who is calling the network for a message right now, so that no two do.
CREATE TABLE desk_lease (
	message_id BIGINT PRIMARY KEY REFERENCES desk_message (id),
	token      BIGINT NOT NULL,
	until      BIGINT NOT NULL
);

-- Until when nothing is sent for an account, because its network asked for a
-- pause or no longer lets us in.
CREATE TABLE desk_hold (
	account_id BIGINT PRIMARY KEY REFERENCES desk_account (id),
	until      BIGINT NOT NULL,
	sentence   TEXT NOT NULL
);

-- What was said once and must not be said again.
CREATE TABLE desk_said (
	conversation_id BIGINT NOT NULL REFERENCES desk_conversation (id),
	key             TEXT NOT NULL,
	message_id      BIGINT NOT NULL REFERENCES desk_message (id),
	PRIMARY KEY (conversation_id, key)
);

CREATE INDEX desk_message_waiting ON desk_message (conversation_id, id) WHERE state IN ('queued', 'sending');
CREATE INDEX desk_notification_newest ON desk_notification (officer_id, id);
CREATE INDEX desk_message_pending ON desk_message (account_id, state) WHERE state IN ('queued', 'sending');
