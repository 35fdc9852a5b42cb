package web

import (
	"mercat.scot/mercat/platform/web/assets"
	"mercat.scot/mercat/platform/web/ui"
)

// Asset returns the address of a file for the browser, such as "desk.css".
func Asset(name string) string { return assets.URL(name) }

// Number writes a whole number with commas: 12,345.
func Number(n int64) string { return ui.Number(n) }

// Count writes a number with its noun: "1 message", "2,000 messages", "no
// messages".
func Count(n int, one, many string) string { return ui.Count(n, one, many) }

// Bytes writes a size: "1 MB", "12 kB".
func Bytes(n int64) string { return ui.Bytes(n) }
