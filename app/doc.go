// Package app puts the rooms together: it opens the database, the media, the
// keys and the job queue, hands every room what it needs, serves the pages and
// ends all of it in order.
//
// An App is a value, so tests start a whole Mercat on port 0:
//
//	a, err := app.Open(ctx, app.Config{Listen: "127.0.0.1:0", Data: t.TempDir()})
//	...
//	go a.Run(ctx, func(address string) { … })
//
// Where and Serving are what an operator writes; Config is the same, read and
// checked.
//
// Paths of its own: /, /set-up, /settings, /record, /map/style.json,
// /map/places.json, /healthz, /readyz, /metrics. It owns no table.
package app
