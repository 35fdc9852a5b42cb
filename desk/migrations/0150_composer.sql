-- What stands before an answer on networks that hide what is behind it, and what
-- of a picture must stay in sight when it is cropped: -1 to 1, 0,0 is the middle.
ALTER TABLE desk_draft ADD COLUMN warning TEXT NOT NULL DEFAULT '';
ALTER TABLE desk_media ADD COLUMN focus_x DOUBLE PRECISION NOT NULL DEFAULT 0;
ALTER TABLE desk_media ADD COLUMN focus_y DOUBLE PRECISION NOT NULL DEFAULT 0;
