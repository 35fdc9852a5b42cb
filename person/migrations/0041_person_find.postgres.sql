-- The folded beginnings by which a handle, and so its person, is found: its name,
-- what follows each space in the name, its address without the @. They sort by
-- bytes on both engines, so that "begins with" is a range.
CREATE TABLE person_word (
	folded    TEXT COLLATE "C" NOT NULL,
	handle_id BIGINT NOT NULL,
	PRIMARY KEY (folded, handle_id)
);

CREATE INDEX person_word_handle ON person_word (handle_id);
