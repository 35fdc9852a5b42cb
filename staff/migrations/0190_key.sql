-- Keys with which programs of the council, or of others, come in. A key is shown
-- once; what is kept of it knows it again and cannot be used.
CREATE TABLE staff_key (
	id         BIGINT PRIMARY KEY,
	name       TEXT NOT NULL,
	prefix     TEXT NOT NULL UNIQUE,       -- "mk_7k3f92qx", to know it by
	token_hash TEXT NOT NULL UNIQUE,       -- SHA-256 of the whole key, in hexadecimal
	scopes     TEXT NOT NULL,              -- parted by spaces, as in RFC 6749
	per_minute BIGINT NOT NULL CHECK (per_minute > 0),
	created_at BIGINT NOT NULL,
	created_by BIGINT NOT NULL REFERENCES staff_officer (id),
	expires_at BIGINT NOT NULL,            -- 0 for never
	used_at    BIGINT NOT NULL,            -- to within an hour, 0 for never
	revoked_at BIGINT NOT NULL             -- 0 while it is good
);
