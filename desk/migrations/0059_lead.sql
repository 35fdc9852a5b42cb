-- Which process fetches for which account, where several serve one database. A
-- process whose beat stands still is taken for dead by the others, each by its
-- own clock.
CREATE TABLE desk_node (
	node BIGINT PRIMARY KEY, -- the number that tells processes apart
	boot TEXT NOT NULL,      -- new at each start
	beat BIGINT NOT NULL     -- counts on while it lives
);
CREATE TABLE desk_lead (
	account_id BIGINT PRIMARY KEY,
	node       BIGINT NOT NULL
);
