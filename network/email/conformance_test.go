package email_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/emersion/go-message/mail"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/network/networktest"
)

func TestConformance(t *testing.T) {
	networktest.Run(t, func(t *testing.T) *networktest.Harness {
		s := startServers(t)
		imapWire := networktest.NewTCPWire(t, s.imap)
		smtpWire := networktest.NewTCPWire(t, s.smtp)
		smtpWire.Accepts([]byte("\r\n.\r\n"))
		o := s.options()
		o.CommandTimeout, o.BodyTimeout, o.DialTimeout = 0, 0, 0
		o.Settle = time.Second
		var posted atomic.Int64
		twice := false
		citizen := func(head, text string) network.Ref {
			id := fmt.Sprintf("%d@citizen.example", posted.Add(1))
			raw := "From: Ann <ann@citizen.example>\nTo: council@council.example\nSubject: Lamp\nMessage-ID: <" + id + ">\n" +
				"Date: " + clock().Format(time.RFC1123Z) + "\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n" + head + "\n" + text + "\n"
			s.put("INBOX", raw, clock())
			if twice {
				s.put("INBOX", raw, clock())
			}
			return network.Ref(id)
		}
		return &networktest.Harness{
			Network: email.New(o),
			Connect: func(t *testing.T) network.Connection {
				host, imapPort, err := net.SplitHostPort(imapWire.Addr())
				s.must(err)
				_, smtpPort, err := net.SplitHostPort(smtpWire.Addr())
				s.must(err)
				c, err := email.New(o).Connect(network.Account{ID: 1, Options: map[string]string{
					"address": "council@council.example", "password": "secret",
					"imap_host": host, "imap_port": imapPort, "imap_security": "none",
					"smtp_host": host, "smtp_port": smtpPort, "smtp_security": "none",
				}})
				s.must(err)
				return c
			},
			ReadWire:     imapWire,
			SendWire:     smtpWire,
			CitizenPosts: func(t *testing.T, text string) network.Ref { return citizen("", text) },
			CitizenReplies: func(t *testing.T, to network.Ref, text string) network.Ref {
				return citizen("In-Reply-To: <"+string(to)+">\nReferences: <1@citizen.example> <"+string(to)+">\n", text)
			},
			CitizenSees: func(t *testing.T) []string {
				var texts []string
				for _, m := range s.delivered() {
					texts = append(texts, textOf(t, m.body))
				}
				return texts
			},
			Revoke: func(t *testing.T) {
				s.set(func() { s.revoked = true })
				imapWire.Break(networktest.Fault{Kind: networktest.Refuse})
				imapWire.Mend()
			},
			Duplicate: func(t *testing.T) { twice = true },
			Now:       clock,
			Subject:   "Lamp",
		}
	})
}

// textOf reads a message as an independent program does.
func textOf(t *testing.T, body string) string {
	t.Helper()
	r, err := mail.CreateReader(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	part, err := r.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(part.Body)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}
