package email

import (
	"errors"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/fault"
)

func TestAServersNameIsUnderstoodOrSaidToBeWrong(t *testing.T) {
	with := func(host, port string) (settings, error) {
		return readSettings(map[string]string{"address": "roads@council.example", "password": "x", "imap_host": host, "imap_port": port, "smtp_host": "mail.council.example"})
	}
	for _, c := range []struct{ host, port, wantHost, wantPort string }{
		{"mail.council.example", "", "mail.council.example", "993"},
		{"mail.council.example:1993", "", "mail.council.example", "1993"},
		{"10.1.2.3:1993", "", "10.1.2.3", "1993"},
		{"[2001:db8::1]:1993", "", "2001:db8::1", "1993"},
		{"2001:db8::1", "", "2001:db8::1", "993"},
		{"mail.council.example:1993", "143", "mail.council.example", "143"},
	} {
		s, err := with(c.host, c.port)
		if err != nil || s.imap.host != c.wantHost || s.imap.port != c.wantPort {
			t.Errorf("%s and %q: %s and %s, %v", c.host, c.port, s.imap.host, s.imap.port, err)
		}
	}
	for host, want := range map[string]string{
		"localhost:99999": "“99999” cannot be a port", "[2001:db8::1]:0": "“0” cannot be a port", "mail.council.example:imap": "“imap” cannot be a port",
		"mail.council.example:": "no port after the colon", "a:b:993": "cannot be the name of a server",
		"two words": "cannot be the name of a server", "imaps://mail.council.example": "without what stands before it",
	} {
		_, err := with(host, "")
		var fields fault.Fields
		if !errors.As(err, &fields) || fields[0].Field != "imap_host" || !strings.Contains(fields[0].Sentence, want) {
			t.Errorf("%s: %v", host, err)
		}
	}
}

func TestAPortTypedWithTheOutgoingServerSaysHowItIsProtected(t *testing.T) {
	for host, want := range map[string]struct{ host, port, security string }{
		"mail.council.example:587":   {"mail.council.example", "587", securityStartTLS},
		"mail.council.example:465":   {"mail.council.example", "465", securityTLS},
		"smtp.office365.com":         {"smtp.office365.com", "587", securityStartTLS},
		"smtp.office365.com:587":     {"smtp.office365.com", "587", securityStartTLS},
		"mail.council.example:10025": {"mail.council.example", "10025", securityTLS},
	} {
		s, err := readSettings(map[string]string{"address": "roads@council.example", "password": "x", "smtp_host": host})
		if err != nil || s.smtp.host != want.host || s.smtp.port != want.port || s.smtp.security != want.security {
			t.Errorf("%s: %+v, %v", host, s.smtp, err)
		}
	}
}

func TestAPortThatIsNoneIsNamed(t *testing.T) {
	for _, port := range []string{"0", "65536", "imap", "-1", "993x"} {
		_, err := readSettings(map[string]string{"address": "roads@council.example", "password": "x", "imap_port": port})
		var fields fault.Fields
		if !errors.As(err, &fields) || len(fields) != 1 || fields[0].Field != "imap_port" || !strings.Contains(fields[0].Sentence, "“"+port+"” cannot be a port") {
			t.Errorf("%s: %v", port, err)
		}
	}
}
