package jobs

import "mercat.scot/mercat/platform/db"

// Table is the queue as it is carried from one database to another: what is
// still to be done. What was running begins again, as after a crash.
//
// Source: River's schema, version 8 on SQLite and on PostgreSQL.
func Table(engine db.Engine) db.Table {
	t := db.Table{Name: "river_job", Order: "id", Where: `state NOT IN ('cancelled', 'completed', 'discarded')`}
	state := `CASE state WHEN 'running' THEN 'available' ELSE CAST(state AS TEXT) END`
	attempt := `CASE state WHEN 'running' THEN attempt - 1 ELSE attempt END`
	if engine == db.Postgres {
		ms := func(column string) db.Column {
			return db.Column{Name: column, Kind: db.Integer, Read: `round(extract(epoch FROM ` + column + `) * 1000)::bigint`,
				Write: `to_timestamp(CAST(? AS BIGINT) / 1000.0)`}
		}
		object := func(column string) db.Column {
			return db.Column{Name: column, Kind: db.JSON, Read: column + `::text`, Write: `CAST(CAST(? AS TEXT) AS JSONB)`}
		}
		t.Columns = []db.Column{
			{Name: "id", Kind: db.Integer}, {Name: "kind", Kind: db.Text}, object("args"),
			{Name: "queue", Kind: db.Text}, {Name: "priority", Kind: db.Integer},
			{Name: "state", Kind: db.Text, Read: state, Write: `CAST(CAST(? AS TEXT) AS river_job_state)`},
			{Name: "attempt", Kind: db.Integer, Read: attempt}, {Name: "max_attempts", Kind: db.Integer},
			ms("created_at"), ms("scheduled_at"), object("metadata"),
			{Name: "tags", Kind: db.JSON, Read: `array_to_json(tags)::text`,
				Write: `ARRAY(SELECT jsonb_array_elements_text(CAST(CAST(? AS TEXT) AS JSONB)))`},
			{Name: "unique_key", Kind: db.Bytes},
			{Name: "unique_states", Kind: db.Integer, Read: `unique_states::int`, Write: `CAST(CAST(? AS INT) AS BIT(8))`},
		}
		t.After = `SELECT setval(pg_get_serial_sequence('river_job', 'id'), (SELECT coalesce(max(id), 0) + 1 FROM river_job), false)`
		return t
	}
	ms := func(column string) db.Column {
		return db.Column{Name: column, Kind: db.Integer, Read: `CAST(round(unixepoch(` + column + `, 'subsec') * 1000) AS INTEGER)`,
			// The one form in which River compares times.
			Write: `strftime('%Y-%m-%d %H:%M:%f', ? / 1000.0, 'unixepoch')`}
	}
	object := func(column string) db.Column {
		return db.Column{Name: column, Kind: db.JSON, Read: `json(` + column + `)`, Write: `jsonb(?)`}
	}
	t.Columns = []db.Column{
		{Name: "id", Kind: db.Integer}, {Name: "kind", Kind: db.Text}, object("args"),
		{Name: "queue", Kind: db.Text}, {Name: "priority", Kind: db.Integer},
		{Name: "state", Kind: db.Text, Read: state}, {Name: "attempt", Kind: db.Integer, Read: attempt}, {Name: "max_attempts", Kind: db.Integer},
		ms("created_at"), ms("scheduled_at"), object("metadata"), object("tags"),
		{Name: "unique_key", Kind: db.Bytes}, {Name: "unique_states", Kind: db.Integer},
	}
	return t
}

// Foreign reports whether a table belongs to the queue.
func Foreign(table string) bool { return len(table) > 6 && table[:6] == "river_" }
