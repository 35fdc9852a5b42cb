-- How much haste a conversation has: 0 as usual, 1 high, 2 danger to life.
ALTER TABLE desk_conversation ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
CREATE INDEX desk_conversation_urgent ON desk_conversation (state, due_at, id) WHERE urgency > 0;

-- What triage made of it besides the service, and what an officer said instead.
ALTER TABLE desk_reading ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE desk_reading ADD COLUMN no_need BIGINT NOT NULL DEFAULT 0; -- nobody waits for an answer
ALTER TABLE desk_reading ADD COLUMN tone TEXT NOT NULL DEFAULT '';
ALTER TABLE desk_reading ADD COLUMN right_urgency BIGINT NOT NULL DEFAULT 0;
ALTER TABLE desk_reading ADD COLUMN urgency_at BIGINT NOT NULL DEFAULT 0; -- when an officer said so; 0 while nobody has

-- What is learned from: the newest corrections.
CREATE INDEX desk_reading_corrected ON desk_reading (corrected_at) WHERE corrected_at > 0;
CREATE INDEX desk_reading_urged ON desk_reading (urgency_at) WHERE urgency_at > 0;
