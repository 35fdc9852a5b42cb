package httpx

import (
	"net/http"
	"testing"
	"time"

	"mercat.scot/mercat/platform/growthtest"
)

func TestHeadersTakeLinearTime(t *testing.T) {
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	growthtest.Linear(t, growthtest.Texts, func(s string) {
		RetryAfter(http.Header{"Retry-After": {s}, "Ratelimit-Remaining": {s}, "Ratelimit-Reset": {s}}, now)
	})
}
