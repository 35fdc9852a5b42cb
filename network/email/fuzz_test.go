package email

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

func FuzzMessage(f *testing.F) {
	files, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no corpus: %v", err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte("From: a@b.example\nContent-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/html\n\n<p>Hi\n--x--"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e := testReader().event(raw, testNow)
		checkBounds(t, e.Event)
		if again := testReader().event(raw, testNow); e.Post != nil && (again.Post == nil || again.Post.Ref != e.Post.Ref) {
			t.Error("the same message has two refs")
		}
	})
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{
		`"Campbell, Ann" <ann@x.example>, bob@y.example`, `=?utf-8?Q?Si=C3=B4n?= <s@x.example>`, `a:b@c.example;`,
		`((((`, `"`, `<<a@b.example>>`, "a@b.example\x00", `=?x?b?`, `council+abc123@council.example`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, n := range parseAddresses(s) {
			again, ok := parseMailbox(n.address())
			if !ok || again != n.mailbox {
				t.Errorf("%q is not read the same again", n.address())
			}
			if strings.ContainsAny(n.wire(), "\r\n <>") || strings.ContainsAny(n.name, "\r\n") || !utf8.ValidString(n.name) {
				t.Errorf("%+v could break a header", n)
			}
			if token, ok := plusToken(mailbox{"council", "council.example"}, "+", n.mailbox); ok && !isToken(token) {
				t.Errorf("token %q", token)
			}
		}
	})
}

func FuzzDeliveryStatus(f *testing.F) {
	f.Add([]byte("Reporting-MTA: dns; x\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 no\n"))
	f.Add([]byte("\n\n\nFinal-Recipient:;\nAction: FAILED x\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		list := parseStatus(body)
		if len(list) > maxRecipients {
			t.Errorf("%d recipients", len(list))
		}
		for _, s := range list {
			if r := s.receipt("x@y.example", testNow); r != nil && (!utf8.ValidString(r.Sentence) || !strings.HasSuffix(r.Sentence, ".")) {
				t.Errorf("sentence %q", r.Sentence)
			}
		}
	})
}

func FuzzWords(f *testing.F) {
	f.Add("=?utf-8?Q?T=C5?= =?utf-8?Q?=B7?=", "a \nb\n")
	f.Add("=?iso-8859-1?B?4Q==?=", "On x wrote:\n> a")
	f.Fuzz(func(t *testing.T, head, body string) {
		if s := decodeWords(head); !utf8.ValidString(s) {
			t.Errorf("%q is not UTF-8", s)
		}
		unflow(body, true)
		if words, cut := newWords(body); cut && len(words) >= len(body) {
			t.Error("nothing was cut")
		}
	})
}

func FuzzCursor(f *testing.F) {
	f.Add("1/5/9")
	f.Add("1/5/9/20/1700000000")
	f.Fuzz(func(t *testing.T, s string) {
		if c, ok := readCursor("1"); ok {
			t.Errorf("read %v", c)
		}
		parsed, ok := readCursor(network.Cursor(s))
		if ok && parsed.String() != s {
			t.Errorf("%q became %q", s, parsed)
		}
	})
}
