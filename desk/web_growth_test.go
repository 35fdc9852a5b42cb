package desk

import (
	"io"
	"net/http/httptest"
	"net/url"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
)

// What is asked for and what is shown takes as long as it is long.
func TestQueriesAndProseTakeLinearTime(t *testing.T) {
	t.Run("prose", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) {
			if err := prose(s).Render(t.Context(), io.Discard); err != nil {
				t.Error(err)
			}
		})
	})
	t.Run("query", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) {
			r := httptest.NewRequest("GET", "/desk", nil)
			r.URL.RawQuery = "q=" + url.QueryEscape(s) + "&after=" + url.QueryEscape(s)
			queryOf(r, 7, []int64{1, 2})
		})
	})
}
