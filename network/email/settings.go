package email

import (
	"net"
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/idna"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// How a connection is protected.
const (
	securityTLS      = "tls"
	securityStartTLS = "starttls"
	securityNone     = "none" // to this machine only
)

// Where the copy of a sent message is; see the package documentation.
const (
	copyInbox  = "inbox"
	copySent   = "sent"
	copyServer = "server"
)

func formOptions() []network.Option {
	securities := []string{securityTLS, securityStartTLS, securityNone}
	return []network.Option{
		{Name: "address", Label: "Email address", Hint: "The address that citizens write to, such as contact@council.example.", Required: true},
		{Name: "name", Label: "Sender’s name", Hint: "What people see as the sender, such as Mercat Council."},
		{Name: "password", Label: "Password", Hint: "Of the mailbox. Some providers want an app password here.", Secret: true, Required: true},
		{Name: "user", Label: "User name", Hint: "Leave empty if it is the address.", Advanced: true},
		{Name: "imap_host", Label: "Incoming server (IMAP)", Hint: "Leave empty to use imap. and the address’s domain."},
		{Name: "imap_security", Label: "Incoming security", Hint: "tls is the usual one. none is accepted for this machine only.", Default: securityTLS, Choices: securities, Advanced: true},
		{Name: "imap_port", Label: "Incoming port", Hint: "Leave empty for the usual one: 993 for tls, 143 otherwise.", Advanced: true},
		{Name: "smtp_host", Label: "Outgoing server (SMTP)", Hint: "Leave empty to use smtp. and the address’s domain."},
		{Name: "smtp_security", Label: "Outgoing security", Hint: "tls on port 465 or starttls on port 587. none is accepted for this machine only.", Choices: append([]string{""}, securities...), Advanced: true},
		{Name: "smtp_port", Label: "Outgoing port", Hint: "Leave empty for the usual one: 465 for tls, 587 otherwise.", Advanced: true},
		{Name: "smtp_user", Label: "Outgoing user name", Hint: "Leave empty if it is the same.", Advanced: true},
		{Name: "smtp_password", Label: "Outgoing password", Hint: "Leave empty if it is the same.", Secret: true, Advanced: true},
		{Name: "folder", Label: "Folder", Hint: "The folder that new mail arrives in.", Default: "INBOX", Advanced: true},
		{Name: "sent_folder", Label: "Sent folder", Hint: "Leave empty to find it.", Advanced: true},
		{Name: "copy", Label: "Copy of what is sent", Hint: "inbox: a copy comes to this mailbox, which makes sure that nothing is sent twice. server: the mail server keeps one in the Sent folder by itself, as Gmail and Microsoft 365 do. sent: Mercat puts one there.", Default: copyInbox, Choices: []string{copyInbox, copyServer, copySent}, Advanced: true},
		{Name: "separator", Label: "Plus sign", Hint: "The sign after which the mail server ignores the rest of the name, as in contact+abc@council.example. Replies find their conversation by it. Write off if the server has none.", Default: "+", Choices: []string{"+", "-", "=", "off"}, Advanced: true},
	}
}

// server is where and how to connect.
type server struct {
	host, port, security, user, password string
}

type settings struct {
	self       mailbox // our address
	name       string
	imap, smtp server
	folder     string
	sent       string // "" to be found
	copy       string
	separator  string // "" for none
}

// providers are those whose servers cannot be guessed from the domain.
func providerHosts(domain string) (imap, smtp string) {
	switch domain {
	case "gmail.com", "googlemail.com":
		return "imap.gmail.com", "smtp.gmail.com"
	case "outlook.com", "hotmail.com", "hotmail.co.uk", "live.com", "live.co.uk":
		return "outlook.office365.com", "smtp.office365.com"
	}
	return "imap." + domain, "smtp." + domain
}

// readSettings checks what an administrator entered; the error is fault.Fields.
func readSettings(in map[string]string) (settings, error) {
	var wrong fault.Fields
	get := func(name string) string { return strings.TrimSpace(in[name]) }
	or := func(v, def string) string {
		if v == "" {
			return def
		}
		return v
	}

	var s settings
	var ok bool
	if s.self, ok = parseMailbox(get("address")); !ok {
		wrong.Add("address", "Enter the email address of the mailbox, such as contact@council.example.")
	}
	s.name, _ = text.CleanLine(get("name"), network.MaxNameRunes) // an administrator sees at once what became of it
	if in["password"] == "" {
		wrong.Add("password", "Enter the password of the mailbox.")
	}
	imapHost, smtpHost := providerHosts(s.self.domain)
	user := or(get("user"), s.self.address())

	s.imap = server{host: or(get("imap_host"), imapHost), port: get("imap_port"), security: or(get("imap_security"), securityTLS), user: user, password: in["password"]}.parted()
	s.smtp = server{host: or(get("smtp_host"), smtpHost), port: get("smtp_port"), security: get("smtp_security"), user: or(get("smtp_user"), user), password: or(in["smtp_password"], in["password"])}.parted()
	if s.smtp.security == "" {
		s.smtp.security = securityTLS
		if s.smtp.port == "587" || (s.smtp.port == "" && s.smtp.host == "smtp.office365.com") {
			s.smtp.security = securityStartTLS
		}
	}
	s.imap.port = or(s.imap.port, map[bool]string{true: "993", false: "143"}[s.imap.security == securityTLS])
	s.smtp.port = or(s.smtp.port, map[bool]string{true: "465", false: "587"}[s.smtp.security == securityTLS])
	checkServer(&wrong, "imap", s.imap)
	checkServer(&wrong, "smtp", s.smtp)

	s.folder = or(get("folder"), "INBOX")
	s.sent = get("sent_folder")
	for _, f := range []struct{ field, name string }{{"folder", s.folder}, {"sent_folder", s.sent}} {
		if len(f.name) > 255 || strings.ContainsFunc(f.name, isControl) {
			wrong.Add(f.field, "Enter the name of a folder, at most 255 letters long.")
		}
	}
	switch s.copy = or(get("copy"), copyInbox); s.copy {
	case copyInbox, copySent, copyServer:
	default:
		wrong.Add("copy", "Choose inbox, server or sent.")
	}
	switch s.separator = or(get("separator"), "+"); s.separator {
	case "+", "-", "=":
	case "off":
		s.separator = ""
	default:
		wrong.Add("separator", "Choose +, -, = or off.")
	}
	return s, wrong.Err()
}

// parted takes a port out of a name to which it was written, "mail.example:993".
// One that stands in its own field goes before.
func (s server) parted() server {
	host, port, ok := withPort(s.host)
	if !ok || !validPort(port) {
		return s
	}
	s.host = host
	if s.port == "" {
		s.port = port
	}
	return s
}

// withPort parts "mail.example:993" and "[2001:db8::1]:993", whatever stands in
// place of the port.
func withPort(s string) (host, port string, ok bool) {
	host, port, err := net.SplitHostPort(s)
	return host, port, err == nil && validHost(host)
}

func validPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535
}

func checkServer(wrong *fault.Fields, which string, s server) {
	switch _, port, both := withPort(s.host); {
	case validHost(s.host):
	case strings.Contains(s.host, "://"):
		wrong.Add(which+"_host", "Enter the name of the server alone, such as mail.council.example, without what stands before it in an address.")
	case both && port == "":
		wrong.Add(which+"_host", "There is no port after the colon. Enter the name of the server alone, or a port from 1 to 65535 behind it.")
	case both:
		wrong.Add(which+"_host", "“"+port+"” cannot be a port: ports go from 1 to 65535. Enter the name of the server alone, and the port in its own field.")
	default:
		wrong.Add(which+"_host", "This cannot be the name of a server. Enter one such as mail.council.example, or a number such as 10.1.2.3.")
	}
	if !validPort(s.port) {
		wrong.Add(which+"_port", "“"+s.port+"” cannot be a port. Enter a number from 1 to 65535, or leave it empty for the usual one.")
	}
	switch s.security {
	case securityTLS, securityStartTLS:
	case securityNone:
		if !isLoopback(s.host) {
			wrong.Add(which+"_security", "Without encryption anybody on the way could read the password. Choose tls or starttls.")
		}
	default:
		wrong.Add(which+"_security", "Choose tls, starttls or none.")
	}
}

var hostLabels = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?$`)

func validHost(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	ascii, err := idna.Lookup.ToASCII(host)
	if err != nil {
		ascii = host // names with an underscore, as some private networks have
	}
	return len(ascii) <= 253 && hostLabels.MatchString(ascii)
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

func isControl(r rune) bool { return r < 0x20 || r == 0x7f }
