package backoffice

import (
	"context"
	"net/http"
	"strings"
	"time"

	"mercat.scot/mercat/platform/httpx"
)

const (
	callTime  = 30 * time.Second
	maxAnswer = 8 << 20
)

// CallBy calls other servers by a client, which has the guard in it.
func CallBy(client *http.Client, now func() time.Time) Call {
	return func(ctx context.Context, a Ask) (Answer, error) {
		ctx, cancel := context.WithTimeout(ctx, callTime)
		defer cancel()
		method, body := http.MethodGet, ""
		if a.Post {
			method, body = http.MethodPost, a.Form.Encode()
		}
		q, err := http.NewRequestWithContext(ctx, method, a.URL, strings.NewReader(body))
		if err != nil {
			return Answer{}, err
		}
		if a.Post {
			q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		if a.Once != "" {
			q.Header.Set("Idempotency-Key", a.Once)
		}
		if a.Key != "" {
			q.Header.Set("Authorization", "Bearer "+a.Key)
		}
		r, err := client.Do(q)
		if err != nil {
			return Answer{}, err
		}
		answer := Answer{Status: r.StatusCode, At: now(), After: httpx.RetryAfter(r.Header, now())}
		if date, err := http.ParseTime(r.Header.Get("Date")); err == nil && r.Header.Get("Age") == "" { // else it comes from a cache
			answer.Date = date
		}
		answer.Body, err = httpx.ReadAll(r, maxAnswer)
		return answer, err
	}
}
