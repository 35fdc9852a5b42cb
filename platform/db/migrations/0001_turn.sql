-- Writers on PostgreSQL lock this table to take turns; it never holds a row.
CREATE TABLE db_turn (id BIGINT PRIMARY KEY);
