package email

import (
	"encoding/base64"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/growthtest"
)

// A sender cannot keep us busy for longer than it takes to send.
func TestMailTakesLinearTime(t *testing.T) {
	const head = "From: a@b.example\r\nMessage-ID: <1@b.example>\r\n"
	message := func(raw string) { testReader().event([]byte(raw), testNow) }
	t.Run("message", func(t *testing.T) {
		growthtest.Linear(t, map[string]growthtest.Shape{
			"headers":                   {Head: head, Unit: "X-A: b\r\n", Tail: "\r\nHello"},
			"the same header":           {Unit: "From: a@b.example\r\n", Tail: "\r\nHello"},
			"lines of a header":         {Head: head + "Subject: a\r\n", Unit: " a\r\n", Tail: "\r\nHello"},
			"words of a subject":        {Head: head + "Subject:", Unit: " =?utf-8?Q?T=C5?=", Tail: "\r\n\r\nHello"},
			"references":                {Head: head + "References:", Unit: " <a@b.example>", Tail: "\r\n\r\nHello"},
			"recipients":                {Head: head + "To: x@y.example", Unit: ", a@b.example", Tail: "\r\n\r\nHello"},
			"comments in an address":    {Head: head + "To: ", Unit: "(", Tail: "\r\n\r\nHello"},
			"parameters":                {Head: head + "Content-Type: text/plain", Unit: "; a*0=b", Tail: "\r\n\r\nHello"},
			"parts":                     {Head: head + "Content-Type: multipart/mixed; boundary=x\r\n\r\n", Unit: "--x\r\n\r\na\r\n", Tail: "--x--"},
			"almost boundaries":         {Head: head + "Content-Type: multipart/mixed; boundary=xxxxxxxx\r\n\r\n--xxxxxxxx\r\n\r\n", Unit: "\r\n--xxxxxxx", Tail: "\r\n--xxxxxxxx--"},
			"parts in parts":            {Head: head, Unit: "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n", Tail: "\r\nHello"},
			"messages in messages":      {Head: head, Unit: "Content-Type: message/rfc822\r\n\r\n", Tail: "\r\nHello"},
			"base64":                    {Head: head + "Content-Transfer-Encoding: base64\r\n\r\n", Unit: base64.StdEncoding.EncodeToString([]byte("The bin.")) + "\r\n"},
			"quoted-printable":          {Head: head + "Content-Transfer-Encoding: quoted-printable\r\n\r\n", Unit: "=C3=B4=\r\n"},
			"flowed":                    {Head: head + "Content-Type: text/plain; format=flowed; delsp=yes\r\n\r\n", Unit: "> a \r\n"},
			"quotes of quotes":          {Head: head + "\r\nHello\r\n", Unit: "On Monday x wrote:\r\n> "},
			"not what its charset says": {Head: head + "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n", Unit: "\x1b$B"},
		}, message)
	})
	t.Run("text", func(t *testing.T) {
		growthtest.Linear(t, growthtest.With(growthtest.Texts, head+"Content-Type: text/plain; charset=utf-8\r\n\r\n", ""), message)
	})
	t.Run("html", func(t *testing.T) {
		growthtest.Linear(t, growthtest.With(growthtest.Texts, head+"Content-Type: text/html; charset=utf-8\r\n\r\n<p>", ""), message)
	})
	t.Run("addresses", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) { parseAddresses(s) })
	})
	t.Run("words", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) {
			decodeWords(s)
			unflow(s, true)
			newWords(s)
		})
	})
	t.Run("delivery status", func(t *testing.T) {
		growthtest.Linear(t, map[string]growthtest.Shape{
			"recipients": {Unit: "Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"},
			"fields":     {Head: "Reporting-MTA: dns; x\n\n", Unit: "Status: 5.1.1\n"},
			"lines":      {Head: "Reporting-MTA: dns; x\n\nDiagnostic-Code: smtp; 550", Unit: "\n a"},
			"empty":      {Unit: "\n"},
		}, func(s string) { parseStatus([]byte(s)) })
	})
	t.Run("cursor", func(t *testing.T) {
		growthtest.Linear(t, growthtest.Texts, func(s string) { readCursor(network.Cursor(s)) })
	})
}
