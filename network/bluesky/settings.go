package bluesky

import (
	"net/netip"
	"net/url"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

const defaultService = "https://bsky.social"

func formOptions() []network.Option {
	return []network.Option{
		{Name: "handle", Label: "Handle", Hint: "The account that citizens write to, such as @mercat.bsky.social.", Required: true},
		{Name: "app_password", Label: "App password", Hint: "Make one for Mercat in Bluesky under Settings, Privacy and security, App passwords. The account’s own password works too, but gives Mercat more rights than it needs and cannot be withdrawn by itself.", Secret: true, Required: true},
		{Name: "service", Label: "Server", Hint: "The server that keeps the account. Change it only if that is not Bluesky’s own.", Default: defaultService, Advanced: true},
	}
}

type settings struct {
	service  string // "https://bsky.social"
	host     string // for people
	handle   string // without @
	password string
}

// readSettings checks what an administrator entered; the error is fault.Fields.
func readSettings(in map[string]string) (settings, error) {
	var wrong fault.Fields
	var s settings

	// Handles that are copied from Bluesky come with invisible marks around them.
	handle, _ := text.CleanLine(strings.Map(visible, in["handle"]), 300)
	handle = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(handle), "@"))
	switch h, err := syntax.ParseHandle(handle); {
	case handle == "":
		wrong.Add("handle", "Enter the handle of the account, such as @mercat.bsky.social.")
	case strings.Contains(handle, "@"):
		wrong.Add("handle", "Enter the handle of the account, not an email address: @mercat.bsky.social, for example.")
	case !strings.Contains(handle, "."):
		wrong.Add("handle", "Enter the whole handle with its domain, such as @mercat.bsky.social.")
	case err != nil, h.IsInvalidHandle():
		wrong.Add("handle", "This cannot be a handle. It looks like @mercat.bsky.social.")
	default:
		s.handle = h.String()
	}

	s.password = strings.TrimSpace(in["app_password"])
	if s.password == "" {
		wrong.Add("app_password", "Enter an app password for the account.")
	} else if len(s.password) > 512 {
		wrong.Add("app_password", "This is too long for a password. An app password looks like xxxx-xxxx-xxxx-xxxx.")
	}

	service := strings.TrimSpace(in["service"])
	if service == "" {
		service = defaultService
	}
	if !strings.Contains(service, "://") {
		service = "https://" + service
	}
	u, err := url.Parse(service)
	switch {
	case err != nil || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		wrong.Add("service", "Enter the address of a server and nothing behind it, such as https://bsky.social.")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		wrong.Add("service", "Without encryption anybody on the way could read the password. Enter an address that begins with https.")
	case u.Scheme != "https" && u.Scheme != "http":
		wrong.Add("service", "Enter an address that begins with https, such as https://bsky.social.")
	default:
		s.service, s.host = u.Scheme+"://"+strings.ToLower(u.Host), strings.ToLower(u.Hostname())
	}
	return s, wrong.Err()
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
