package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/httpx"
	"mercat.scot/mercat/platform/text"
)

func trouble(t network.Trouble, sentence string, cause error) *network.Error {
	return &network.Error{Trouble: t, Sentence: sentence, Cause: cause}
}

func refused(sentence string, cause error) *network.Error {
	return trouble(network.Refused, sentence, cause)
}

// explain says what is wrong when the server could not or would not do something
// ("read the notifications"). What is explained already stays as it is.
func (c *connection) explain(doing string, err error) *network.Error {
	var (
		known    *network.Error
		said     *apiError
		nonsense *nonsenseError
		timeout  net.Error
	)
	host := c.settings.host
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &said):
		return c.explainAnswer(doing, said)
	case errors.As(err, &nonsense) && nonsense.Status >= 500:
		return trouble(network.Broken, fmt.Sprintf("The server %s has trouble of its own. Mercat will try again.", host), err)
	case errors.As(err, &nonsense) && nonsense.Status == 413:
		return refused(fmt.Sprintf("The server %s takes nothing as large as this. Send it with fewer or smaller pictures.", host), err)
	case errors.As(err, &nonsense):
		return trouble(network.Broken, fmt.Sprintf("What answers at %s does not speak as a Mastodon server does. Check the server under Settings; if it was right before, Mercat will try again.", host), err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return trouble(network.Unreachable, fmt.Sprintf("The server %s took too long to answer. Mercat will try again.", host), err)
	}
	if sentence, ok := httpx.Explain(err); ok {
		return trouble(network.Unreachable, sentence, err)
	}
	return trouble(network.Unreachable, fmt.Sprintf("The connection to the server %s broke off. Mercat will try again.", host), err)
}

func (c *connection) explainAnswer(doing string, a *apiError) *network.Error {
	host := c.settings.host
	if doing == "" {
		doing = "do what was asked"
	}
	switch {
	case a.Status == 429:
		return &network.Error{Trouble: network.Limited, Sentence: fmt.Sprintf("The server %s asks Mercat to wait. Mercat will try again later.", host), RetryAt: a.RetryAt, Cause: a}
	case a.Status == 503 && !a.RetryAt.IsZero():
		return &network.Error{Trouble: network.Limited, Sentence: fmt.Sprintf("The server %s is closed for a while and asks Mercat to wait. Mercat will try again later.", host), RetryAt: a.RetryAt, Cause: a}
	case a.Status == 401:
		return trouble(network.Revoked, fmt.Sprintf("The server %s no longer accepts Mercat’s access token. Make a new one there under Preferences, Development, and enter it under Settings.%s", host, serverWords(a)), a)
	case a.Status == 403 && lacksRight(a):
		return trouble(network.Revoked, fmt.Sprintf("The access token does not allow Mercat to %s. Make a new one on %s with the rights read, write:statuses and write:media, and enter it under Settings.", doing, host), a)
	case a.Status == 403 && outOfUse(a):
		return trouble(network.Revoked, fmt.Sprintf("The server %s has put the account out of use.%s Sign in there to see why.", host, serverWords(a)), a)
	case a.Status == 403:
		return refused(fmt.Sprintf("The server %s does not allow the account to %s.%s", host, doing, serverWords(a)), a)
	case a.Status == 404 || a.Status == 410:
		return trouble(network.Missing, "The post is no longer on the server "+host+".", a)
	case a.Status == 413:
		return refused(fmt.Sprintf("The server %s takes nothing as large as this. Send it with fewer or smaller pictures.", host), a)
	case a.Status >= 500:
		return trouble(network.Broken, fmt.Sprintf("The server %s has trouble of its own. Mercat will try again.", host), a)
	}
	return trouble(network.Broken, fmt.Sprintf("The server %s would not %s.%s Mercat will try again.", host, doing, serverWords(a)), a)
}

// lacksRight reports whether the token was made without a right; Mastodon and
// GoToSocial speak of scopes, Pleroma of permissions.
func lacksRight(a *apiError) bool {
	words := strings.ToLower(a.Message)
	return strings.Contains(words, "scope") || strings.Contains(words, "permission")
}

// outOfUse reports whether the account itself was stopped: suspended, not
// confirmed, moved.
func outOfUse(a *apiError) bool {
	words := strings.ToLower(a.Message)
	for _, w := range []string{"login is", "disabled", "suspended", "pending approval", "confirm", "has been moved", "functionality"} {
		if strings.Contains(words, w) {
			return true
		}
	}
	return false
}

// explainCheck is explain for Check, where being refused means that the token is
// not good enough.
func (c *connection) explainCheck(doing, right string, err error) *network.Error {
	var a *apiError
	if errors.As(err, &a) && a.Status == 403 && !outOfUse(a) {
		return trouble(network.Revoked, fmt.Sprintf("The access token lacks the right %s, so Mercat cannot %s. Make a new one on %s with the rights read, write:statuses and write:media.", right, doing, c.settings.host), err)
	}
	if answered(err, 404, 410) {
		return trouble(network.Broken, fmt.Sprintf("The server %s cannot %s: it does not know how. Check the server under Settings; if it was right before, Mercat will try again.", c.settings.host, doing), err)
	}
	return c.explain(doing, err)
}

// explainWrite says why a post was not taken.
func (c *connection) explainWrite(err error) error {
	var a *apiError
	if !errors.As(err, &a) {
		return err
	}
	switch {
	case a.Status == 404 || a.Status == 410:
		return trouble(network.Missing, "The post that this answers has been deleted, so it cannot be answered. Mention the person in a new post, or reach them in another way.", err)
	case a.Status == 400 || a.Status == 406 || a.Status == 422:
		return refused(fmt.Sprintf("The server %s did not accept the post.%s Change it and send it again.", c.settings.host, serverWords(a)), err)
	}
	return err
}

// serverWords is what the server said, fit to stand after a sentence.
func serverWords(a *apiError) string {
	words, _ := text.CleanLine(strings.NewReplacer("!", ".", "\n", " ", "\t", " ").Replace(a.Message), 200)
	words = strings.TrimRight(words, ". ")
	if words == "" {
		return ""
	}
	return " It said: " + words + "."
}
