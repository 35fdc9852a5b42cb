package mastodon

import (
	"net/netip"
	"net/url"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

func formOptions() []network.Option {
	return []network.Option{
		{Name: "server", Label: "Server", Hint: "The server that the account is on, such as mastodon.scot.", Required: true},
		{Name: "access_token", Label: "Access token", Hint: "On the server, under Preferences, Development, make a new application called Mercat with the rights read, write:statuses and write:media. It then shows “Your access token”.", Secret: true, Required: true},
	}
}

type settings struct {
	server string // "https://mastodon.scot"
	host   string // for people
	token  string
}

const maxToken = 4096

// readSettings checks what an administrator entered; the error is fault.Fields.
func readSettings(in map[string]string) (settings, error) {
	var wrong fault.Fields
	s, problem := readServer(in["server"])
	if problem != "" {
		wrong.Add("server", problem)
	}
	s.token = strings.TrimSpace(in["access_token"])
	if bearer, rest, ok := strings.Cut(s.token, " "); ok && strings.EqualFold(bearer, "bearer") {
		s.token = strings.TrimSpace(rest)
	}
	switch {
	case s.token == "":
		wrong.Add("access_token", "Enter an access token of the account, or sign in on the server.")
	case len(s.token) > maxToken, strings.ContainsFunc(s.token, notInToken):
		wrong.Add("access_token", "This cannot be an access token: it is one long row of letters, digits and hyphens. Copy it again.")
	}
	return s, wrong.Err()
}

// notInToken reports whether a sign has no place in a bearer token (RFC 6750).
func notInToken(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == ',' || r == ';' }

// readServer reads the address of a server as people write it: its name, its
// address, the address of a profile on it, or a whole handle.
func readServer(entered string) (s settings, problem string) {
	const example = "such as mastodon.scot"
	entered, _ = text.CleanLine(strings.Map(visible, entered), 300)
	entered = strings.TrimSpace(entered)
	if entered == "" {
		return s, "Enter the server that the account is on, " + example + "."
	}
	if at := strings.LastIndex(entered, "@"); at >= 0 && !strings.Contains(entered, "/") {
		entered = entered[at+1:] // @council@mastodon.scot
	}
	if !strings.Contains(entered, "://") {
		entered = "https://" + entered
	}
	u, err := url.Parse(entered)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || u.RawQuery != "":
		return s, "This is not the address of a server. Enter its name, " + example + "."
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return s, "Without encryption anybody on the way could read the access token. Enter an address that begins with https."
	case u.Scheme != "https" && u.Scheme != "http":
		return s, "Enter the name of the server alone, " + example + "."
	case !strings.Contains(u.Hostname(), ".") && !isLoopback(u.Hostname()):
		return s, "Enter the whole name of the server with its domain, " + example + "."
	}
	s.server, s.host = u.Scheme+"://"+strings.ToLower(u.Host), strings.ToLower(u.Hostname())
	return s, ""
}

// visible drops the marks of direction and width that people copy unseen.
func visible(r rune) rune {
	switch {
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x2060, r == 0xFEFF:
		return -1
	}
	return r
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
