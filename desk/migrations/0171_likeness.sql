-- What a picture looks like (a perceptual hash of 64 bits), by which the same one
-- is known in another report; 0 where it is not known.
ALTER TABLE desk_media ADD COLUMN likeness BIGINT NOT NULL DEFAULT 0;
