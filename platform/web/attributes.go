package web

import (
	"cmp"

	"github.com/a-h/templ"
)

func or(s, otherwise string) string { return cmp.Or(s, otherwise) }

func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// key makes a link or button answer to a shortcut. The label stands in the
// dialog that lists the shortcuts of a page.
func key(keys, label string) templ.Attributes {
	if keys == "" {
		return nil
	}
	return templ.Attributes{"data-key": keys, "data-key-label": label}
}
