-- What other systems call a service, and what has to be asked about it.
ALTER TABLE directory_service ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE directory_service ADD COLUMN category TEXT NOT NULL DEFAULT '';          -- Open311 "group"
ALTER TABLE directory_service ADD COLUMN keywords TEXT NOT NULL DEFAULT '';          -- Open311 "keywords", comma-separated
ALTER TABLE directory_service ADD COLUMN areas TEXT NOT NULL DEFAULT '';             -- ids, comma-separated; '' is everywhere
ALTER TABLE directory_service ADD COLUMN hours TEXT NOT NULL DEFAULT '{}';           -- JSON
ALTER TABLE directory_service ADD COLUMN promised_days BIGINT NOT NULL DEFAULT 0;    -- working days; 0 for none
ALTER TABLE directory_service ADD COLUMN promise TEXT NOT NULL DEFAULT '';           -- in words
ALTER TABLE directory_service ADD COLUMN attributes TEXT NOT NULL DEFAULT '[]';      -- JSON

-- A code of the name's words. Where two come out the same, the later one has its
-- id behind it.
UPDATE directory_service SET code = replace(replace(replace(replace(replace(replace(replace(replace(replace(folded,
	',', ''), '''', ''), '’', ''), '(', ''), ')', ''), '.', ''), '&', 'and'), '/', '-'), ' ', '-');
UPDATE directory_service SET code = code || '-' || CAST(id AS TEXT)
	WHERE EXISTS (SELECT 1 FROM directory_service AS earlier WHERE earlier.code = directory_service.code AND earlier.id < directory_service.id);
CREATE UNIQUE INDEX directory_service_code ON directory_service (code);
