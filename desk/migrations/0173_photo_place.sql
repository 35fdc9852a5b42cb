-- Where photos that came in say that they were taken, until a case is made of
-- their conversation or 30 days are over: no longer than it is of use.
CREATE TABLE desk_photo_place (
	media_id        BIGINT PRIMARY KEY,
	message_id      BIGINT NOT NULL,
	conversation_id BIGINT NOT NULL,
	lat             DOUBLE PRECISION NOT NULL,
	lon             DOUBLE PRECISION NOT NULL,
	accuracy        DOUBLE PRECISION NOT NULL, -- metres, 0 when unknown
	at              BIGINT NOT NULL
);
CREATE INDEX desk_photo_place_conversation ON desk_photo_place (conversation_id, media_id);
CREATE INDEX desk_photo_place_at ON desk_photo_place (at);
