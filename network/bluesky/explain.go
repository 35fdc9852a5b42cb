package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
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

// tokenRefused reports whether the server no longer takes the token that a call
// came with, and a new one may help.
func tokenRefused(err error) bool {
	var x *xrpcError
	if !errors.As(err, &x) {
		return false
	}
	switch x.Name {
	case "ExpiredToken", "InvalidToken", "AuthMissing", "AuthenticationRequired", "MissingTokenId":
		return true
	case "AccountTakedown", "AccountSuspended", "AccountDeactivated", "AccountNotFound":
		return false
	}
	return x.Status == 401
}

// unseen reports whether the AppView knows no account as the one asked about.
// The lexicon has no name for it: the AppView says InvalidRequest, and this.
func unseen(err error) bool {
	var x *xrpcError
	return errors.As(err, &x) && x.Method == methodGetProfile && x.Status == 400 && x.Message == "Profile not found"
}

// explain says what is wrong when we could not do something ("read the
// notifications"). What is explained already stays as it is.
func (c *connection) explain(doing string, err error) *network.Error {
	var (
		known    *network.Error
		said     *xrpcError
		nonsense *nonsenseError
		timeout  net.Error
	)
	host := c.settings.host
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &said):
		return c.explainXRPC(doing, said)
	case errors.As(err, &nonsense) && nonsense.Status >= 500:
		return trouble(network.Broken, fmt.Sprintf("The server %s has trouble of its own. Mercat will try again.", host), err)
	case errors.As(err, &nonsense) && nonsense.Status == 413:
		return refused(fmt.Sprintf("The server %s takes nothing as large as this. Send it with fewer or smaller pictures.", host), err)
	case errors.As(err, &nonsense):
		return trouble(network.Broken, fmt.Sprintf("What answers at %s does not speak as a Bluesky server does. Check the server’s address under Settings; if it was right before, Mercat will try again.", host), err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return trouble(network.Unreachable, fmt.Sprintf("The server %s took too long to answer. Mercat will try again.", host), err)
	}
	if sentence, ok := httpx.Explain(err); ok {
		return trouble(network.Unreachable, sentence, err)
	}
	return trouble(network.Unreachable, fmt.Sprintf("The connection to the server %s broke off. Mercat will try again.", host), err)
}

func (c *connection) explainXRPC(doing string, x *xrpcError) *network.Error {
	host := c.settings.host
	if doing == "" {
		doing = "do what was asked"
	}
	switch x.Name {
	case "AccountTakedown", "AccountSuspended":
		return c.inactive("takendown", x)
	case "AccountDeactivated":
		return c.inactive("deactivated", x)
	case "AccountNotFound":
		return trouble(network.Revoked, fmt.Sprintf("The account @%s no longer exists on the server %s. Check the handle under Settings.", c.settings.handle, host), x)
	case "RecordNotFound", "NotFound":
		return trouble(network.Missing, "The post is no longer on Bluesky.", x)
	case "BlobTooLarge":
		return refused("A picture is too large for Bluesky. Send a smaller one.", x)
	case "RateLimitExceeded":
		return c.limited(x)
	case "UpstreamFailure", "UpstreamTimeout", "NotEnoughResources", "InternalServerError":
		return trouble(network.Broken, fmt.Sprintf("The server %s has trouble of its own. Mercat will try again.", host), x)
	case "BlockedActor", "BlockedByActor":
		return refused("The author has blocked this account, or is blocked by it, so it cannot answer. Reach the person in another way.", x)
	}
	switch {
	case x.Status == 429:
		return c.limited(x)
	case tokenRefused(x):
		return trouble(network.Revoked, fmt.Sprintf("The server %s no longer accepts Mercat’s sign-in for @%s. Make a new app password in Bluesky and enter it under Settings.", host, c.settings.handle), x)
	case x.Status == 413:
		return refused(fmt.Sprintf("The server %s takes nothing as large as this. Send it with fewer or smaller pictures.", host), x)
	case x.Status == 403:
		return refused(fmt.Sprintf("The server %s does not allow the account @%s to %s.%s", host, c.settings.handle, doing, serverWords(x)), x)
	case x.Status == 404 || x.Status == 501:
		return trouble(network.Broken, fmt.Sprintf("The server %s cannot %s: it does not know how. Check the server’s address under Settings; if it was right before, Mercat will try again.", host, doing), x)
	case x.Status >= 500:
		if !x.RetryAt.IsZero() {
			return c.limited(x)
		}
		return trouble(network.Broken, fmt.Sprintf("The server %s has trouble of its own. Mercat will try again.", host), x)
	}
	return trouble(network.Broken, fmt.Sprintf("The server %s would not %s.%s Mercat will try again.", host, doing, serverWords(x)), x)
}

func (c *connection) limited(x *xrpcError) *network.Error {
	sentence := fmt.Sprintf("The server %s asks Mercat to wait. Mercat will try again later.", c.settings.host)
	if x.Method == methodCreateSession {
		sentence = fmt.Sprintf("Somebody has tried to sign in as @%s too often, so the server %s asks to wait. Mercat will try again later.", c.settings.handle, c.settings.host)
	}
	return &network.Error{Trouble: network.Limited, Sentence: sentence, RetryAt: x.RetryAt, Cause: x}
}

// inactive says why an account that has the right password may do nothing.
func (c *connection) inactive(status string, cause error) *network.Error {
	handle := "@" + c.settings.handle
	switch status {
	case "takendown", "suspended":
		return trouble(network.Revoked, fmt.Sprintf("The account %s has been suspended by the network. Its moderators wrote to the account’s email address; appeal there.", handle), cause)
	case "deactivated":
		return trouble(network.Revoked, fmt.Sprintf("The account %s has been deactivated by its owner. Sign in to Bluesky with the account’s own password to activate it again.", handle), cause)
	case "deleted":
		return trouble(network.Revoked, fmt.Sprintf("The account %s has been deleted. Connect another one under Settings.", handle), cause)
	}
	return trouble(network.Revoked, fmt.Sprintf("The account %s is not active. Sign in to Bluesky to see why.", handle), cause)
}

// explainSignIn says why the password gave no session. Servers do not tell a
// wrong handle from a wrong password, and say the same of an app password of a
// suspended account; what is public about the account tells them apart.
func (c *connection) explainSignIn(ctx context.Context, err error) error {
	var x *xrpcError
	if !errors.As(err, &x) {
		return err
	}
	handle, host := "@"+c.settings.handle, c.settings.host
	switch {
	case x.Name == "AuthFactorTokenRequired":
		return trouble(network.Revoked, fmt.Sprintf("The account %s sends a code by email whenever its own password is used, and Mercat cannot read it. Make an app password in Bluesky and enter that under Settings.", handle), x)
	case x.Name == "AccountTakedown", x.Name == "AccountSuspended", x.Name == "AccountDeactivated", x.Name == "AccountNotFound", x.Status == 429, x.Status >= 500:
		return c.explainXRPC("sign in", x)
	case x.Status == 400 || x.Status == 401:
		if why := c.publicState(ctx, x); why != nil {
			return why
		}
		hint := " Check the handle, make a new app password in Bluesky if it was withdrawn, and enter both again under Settings."
		if !looksLikeAppPassword(c.settings.password) {
			hint = " What was entered does not look like an app password (xxxx-xxxx-xxxx-xxxx). Make one in Bluesky under Settings, Privacy and security, App passwords."
		}
		return trouble(network.Revoked, fmt.Sprintf("The server %s does not accept the handle %s with this password.%s", host, handle, hint), x)
	}
	return c.explainXRPC("sign in", x)
}

// publicState says what is wrong with the account as far as everybody may know,
// nil when nothing is or nobody says.
func (c *connection) publicState(ctx context.Context, cause error) error {
	did := c.account.Self.ID
	if did == "" {
		did = c.signIn.current.DID
	}
	if did == "" {
		var err error
		if did, err = c.resolve(ctx, c.settings.handle, network.Identity{}); err != nil {
			return nil
		}
	}
	if did == "" {
		return trouble(network.Revoked, fmt.Sprintf("Nobody on Bluesky has the handle @%s: it is misspelt, or the account has been suspended or deleted. Check it under Settings.", c.settings.handle), cause)
	}
	var status struct {
		Active *bool  `json:"active"`
		Status string `json:"status"`
	}
	if c.client.query(ctx, "", methodGetRepoStatus, url.Values{"did": {did}}, &status) != nil || status.Active == nil || *status.Active {
		return nil
	}
	return c.inactive(status.Status, cause)
}

func looksLikeAppPassword(s string) bool {
	groups := strings.Split(s, "-")
	if len(groups) != 4 {
		return false
	}
	for _, g := range groups {
		if len(g) != 4 || strings.Trim(g, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
			return false
		}
	}
	return true
}

// serverWords is what the server said, fit to stand after a sentence.
func serverWords(x *xrpcError) string {
	words, _ := text.CleanLine(strings.ReplaceAll(x.Message, "!", "."), 200)
	words = strings.TrimRight(words, ".")
	if words == "" {
		return ""
	}
	return " It said: " + words + "."
}
