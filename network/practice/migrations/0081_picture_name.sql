-- What a picture is called; '' in those that came before.
ALTER TABLE practice_picture ADD COLUMN name TEXT NOT NULL DEFAULT '';
