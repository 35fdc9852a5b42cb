-- Council accounts that have ever connected.
CREATE TABLE practice_account (
	handle    TEXT PRIMARY KEY,
	name      TEXT NOT NULL,
	joined_at BIGINT NOT NULL
);

-- The people whom one can be.
CREATE TABLE practice_citizen (
	id        BIGINT PRIMARY KEY,
	name      TEXT NOT NULL,
	handle    TEXT NOT NULL UNIQUE,
	about     TEXT NOT NULL,
	joined_at BIGINT NOT NULL
);

INSERT INTO practice_citizen (id, name, handle, about, joined_at) VALUES
	(1, 'Màiri NicLeòid', 'mairi.nicleoid', 'Walks her dog along the shore at Port Struan', 0),
	(2, 'Callum Fraser', 'callum.fraser', 'Drives the school bus in Kirkbrae', 0),
	(3, 'Priya Nair', 'priya.nair', 'Nurse, on nights this week', 0),
	(4, 'Eòghann MacAoidh', 'eoghann.macaoidh', 'Crofter in Glen Farrow; sgrìobhaibh thugam sa Ghàidhlig', 0),
	(5, 'Isla Sinclair', 'isla.sinclair', 'Two children at Inverglass Primary', 0),
	(6, 'Tomasz Wiśniewski', 'tomasz.wisniewski', 'Runs the chip shop in Balnamoor', 0),
	(7, 'Peigi NicDhòmhnaill', 'peigi.nicdhomhnaill', 'Retired, secretary of the community council', 0),
	(8, 'Jamie Robertson', 'jamie.robertson', 'Student, uses a wheelchair, gets about by bus', 0);

-- Posts. Number orders them for ever; seq is that of the last thing that
-- happened to a post (it was made, edited or deleted), and is the cursor.
CREATE TABLE practice_post (
	id         BIGINT PRIMARY KEY,
	number     BIGINT NOT NULL UNIQUE,
	seq        BIGINT NOT NULL UNIQUE,
	author     TEXT NOT NULL,
	citizen    BIGINT NOT NULL,
	handle     TEXT NOT NULL,
	addressee  BIGINT NOT NULL,
	sent_key   TEXT,
	visibility TEXT NOT NULL CHECK (visibility IN ('public', 'unlisted', 'followers', 'direct')),
	reply_to   BIGINT NOT NULL,
	thread     BIGINT NOT NULL,
	body       TEXT NOT NULL,
	warning    TEXT NOT NULL,
	language   TEXT NOT NULL,
	posted_at  BIGINT NOT NULL,
	edited_at  BIGINT NOT NULL,
	deleted_at BIGINT NOT NULL,
	UNIQUE (author, sent_key)
);
CREATE INDEX practice_post_thread ON practice_post (thread, number);
CREATE INDEX practice_post_root ON practice_post (reply_to, number);

CREATE TABLE practice_picture (
	post         BIGINT NOT NULL REFERENCES practice_post (id),
	position     BIGINT NOT NULL,
	full_key     TEXT NOT NULL,
	full_type    TEXT NOT NULL,
	thumb_key    TEXT NOT NULL,
	thumb_type   TEXT NOT NULL,
	width        BIGINT NOT NULL,
	height       BIGINT NOT NULL,
	bytes        BIGINT NOT NULL,
	alt          TEXT NOT NULL,
	PRIMARY KEY (post, position)
);

-- What the network is made to suffer from; one row.
CREATE TABLE practice_fault (
	id     BIGINT PRIMARY KEY CHECK (id = 1),
	kind   TEXT NOT NULL CHECK (kind IN ('none', 'slow', 'down', 'limited', 'broken', 'revoked', 'unconfirmed')),
	lasts  BIGINT NOT NULL,
	since  BIGINT NOT NULL
);
INSERT INTO practice_fault (id, kind, lasts, since) VALUES (1, 'none', 0, 0);
