-- Photos that a crew or an officer adds: who added them, what they show, which
-- of them everybody may see, and which were taken out again.
ALTER TABLE casework_photo ADD COLUMN alt TEXT NOT NULL DEFAULT '';          -- what it shows; '' is what its sender said
ALTER TABLE casework_photo ADD COLUMN added_by TEXT NOT NULL DEFAULT '';     -- '' for photos of the citizen
ALTER TABLE casework_photo ADD COLUMN added_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE casework_photo ADD COLUMN content TEXT NOT NULL DEFAULT '';      -- the file's SHA-256, so that one sent twice is kept once
ALTER TABLE casework_photo ADD COLUMN released BOOLEAN NOT NULL DEFAULT FALSE; -- shown on public pages
ALTER TABLE casework_photo ADD COLUMN removed_at BIGINT NOT NULL DEFAULT 0;  -- 0 while it is there
