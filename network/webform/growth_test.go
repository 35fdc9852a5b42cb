package webform

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
	"mercat.scot/mercat/platform/web"
)

// What a citizen writes takes as long to read as it is long.
func TestSubmissionsTakeLinearTime(t *testing.T) {
	services := []Service{{ID: 7, Name: "Lamps", NeedsPlace: true}}
	for _, field := range []string{"message", "name", "email", "phone", "place"} {
		t.Run(field, func(t *testing.T) {
			growthtest.Linear(t, growthtest.Texts, func(s string) {
				r := httptest.NewRequest("POST", "/form/contact", strings.NewReader(url.Values{"about": {"7"}, field: {s}}.Encode()))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				form, err := web.ReadUpload(r, 1<<20, func(*web.File) error { return nil })
				if err != nil || form == nil {
					return // too large: others' to test
				}
				readSubmission(form, services, english)
			})
		})
	}
}
