-- Which run of the program holds a lease, so that the next run in the same seat
-- can take it over, and how long the network may still be at it then.
ALTER TABLE desk_lease ADD COLUMN seat BIGINT NOT NULL DEFAULT 0;
ALTER TABLE desk_lease ADD COLUMN boot BIGINT NOT NULL DEFAULT 0;
ALTER TABLE desk_lease ADD COLUMN settle BIGINT NOT NULL DEFAULT 0;
