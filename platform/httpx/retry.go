package httpx

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxRetryAfter is the longest that a server can make us wait.
const maxRetryAfter = 24 * time.Hour

// RetryAfter returns when a server that said "too many requests" or "not now"
// wants to be asked again: by Retry-After (seconds or a date), or by the reset
// of its rate limit (seconds, Unix seconds or a date; RateLimit-Reset or
// X-RateLimit-Reset) once nothing remains of it. It is never before now nor
// more than a day after it, and zero when the server does not say.
func RetryAfter(h http.Header, now time.Time) time.Time {
	at := moment(h.Get("Retry-After"), now)
	for _, prefix := range []string{"RateLimit-", "X-RateLimit-"} {
		if at.IsZero() && strings.TrimSpace(h.Get(prefix+"Remaining")) == "0" {
			at = moment(h.Get(prefix+"Reset"), now)
		}
	}
	switch {
	case at.IsZero():
		return at
	case at.Before(now):
		return now
	case at.After(now.Add(maxRetryAfter)):
		return now.Add(maxRetryAfter)
	}
	return at
}

// moment reads a number of seconds from now or since 1970, or a date.
func moment(s string, now time.Time) time.Time {
	s = strings.TrimSpace(s)
	if seconds, err := strconv.ParseFloat(s, 64); err == nil && seconds >= 0 {
		const plainlyUnix = 1e9
		if seconds >= plainlyUnix && seconds < 1e11 {
			return time.Unix(int64(seconds), 0)
		}
		return now.Add(time.Duration(min(seconds, 2*maxRetryAfter.Seconds()) * float64(time.Second)))
	}
	if at, err := http.ParseTime(s); err == nil {
		return at
	}
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at
	}
	return time.Time{}
}
