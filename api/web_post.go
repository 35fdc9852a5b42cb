package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/httpx"
)

// maxAnswer is how much of an answer is read.
const maxAnswer = 4 << 10

// PostBy sends webhooks by a client, which has the guard in it. Redirects are not
// followed: a signed message goes where an administrator sent it.
func PostBy(client *http.Client, now func() time.Time) Post {
	c := *client
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return func(ctx context.Context, r Request) (int, string, []byte, time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, r.Timeout)
		defer cancel()
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URL, bytes.NewReader(r.Body))
		if err != nil {
			return 0, "", nil, time.Time{}, err
		}
		request.Header.Set("Content-Type", "application/json")
		request.Header.Set("Webhook-Id", r.ID)
		request.Header.Set("Webhook-Timestamp", strconv.FormatInt(r.At.Unix(), 10))
		request.Header.Set("Webhook-Signature", r.Sign)
		answer, err := c.Do(request)
		if err != nil {
			return 0, "", nil, time.Time{}, err
		}
		// How an answer begins is for the log; that the rest cannot be read, or that
		// the end is cut off, changes nothing about its status.
		body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
		if err := errors.Join(err, answer.Body.Close()); err != nil && len(body) == 0 {
			body = nil
		}
		mediaType, _, err := mime.ParseMediaType(answer.Header.Get("Content-Type"))
		if err != nil {
			mediaType = ""
		}
		return answer.StatusCode, mediaType, body, httpx.RetryAfter(answer.Header, now()), nil
	}
}
