package email

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/network"
)

var testNow = time.Date(2026, 11, 5, 12, 0, 0, 0, time.UTC)

func testReader() reader {
	return reader{self: mailbox{"council", "council.example"}, separator: "+", now: testNow}
}

// sample reads one of the messages in testdata as it comes from a server.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))
}

func read(t testing.TB, raw []byte) network.Event {
	t.Helper()
	return testReader().event(raw, testNow.Add(-time.Hour)).Event
}

func readPost(t testing.TB, raw []byte) *network.Post {
	t.Helper()
	e := read(t, raw)
	if e.Post == nil {
		t.Fatalf("not a post: %+v", e)
	}
	return e.Post
}

func noticed(p *network.Post, code string) bool {
	return slices.ContainsFunc(p.Notices, func(n network.Notice) bool { return n.Code == code })
}

func TestAnOutlookReplyShowsTheNewWordsFirst(t *testing.T) {
	p := readPost(t, sample(t, "outlook.eml"))
	if p.Text != "It’s still out – thank you for asking.\n\nAnn" {
		t.Errorf("text is %q", p.Text)
	}
	if !strings.Contains(p.HTML, "It’s still out") || !strings.Contains(string(p.Raw), "Is it still out?") {
		t.Error("the whole is not at hand")
	}
	if p.Subject != "RE: Street light out on Sràid a' Chidhe" {
		t.Errorf("subject is %q", p.Subject)
	}
	if p.Author.ID != "ann.campbell@citizen.example" || p.Author.Name != "Ann Campbell" {
		t.Errorf("author is %+v", p.Author)
	}
	if p.Thread != "first@citizen.example" || p.ReplyTo != "mercat.abc123@council.example" ||
		!slices.Equal(p.References, []network.Ref{"mercat.abc123@council.example", "first@citizen.example"}) {
		t.Errorf("thread %q, answers %q, references %q", p.Thread, p.ReplyTo, p.References)
	}
	if len(p.Mentions) != 1 || p.Mentions[0].ID != "blue@members.example" {
		t.Errorf("mentions are %+v", p.Mentions)
	}
	if len(p.Media) != 1 || p.Media[0].Filename != "photo.png" || string(p.Media[0].Data) != "\x89PNG\r\n\x1a\n" || p.Media[0].URL != "" {
		t.Errorf("media are %+v", p.Media)
	}
	if p.Language != "en-GB" || p.Automatic != "" || len(p.Notices) != 0 {
		t.Errorf("language %q, automatic %q, notices %v", p.Language, p.Automatic, p.Notices)
	}
}

func TestAGmailReplyFindsItsConversation(t *testing.T) {
	p := readPost(t, sample(t, "gmail.eml"))
	if p.Text != "Tha e seasach a nis 😀." {
		t.Errorf("text is %q", p.Text)
	}
	if p.Conversation != "k3v9xq-2" {
		t.Errorf("conversation is %q", p.Conversation)
	}
	if p.Author.Name != "Eilidh NicDhòmhnaill" {
		t.Errorf("author is %q", p.Author.Name)
	}
}

func TestWordsRoundAPhotoStayTogether(t *testing.T) {
	p := readPost(t, sample(t, "iphone.eml"))
	if p.Text != "Dyma'r twll:\n\nDiolch\n\nSent from my iPhone" {
		t.Errorf("text is %q", p.Text)
	}
	if p.Subject != "Twll yn y ffordd ger yr ysgol ar Lôn Tŷ Mawr" {
		t.Errorf("subject, cut inside a letter by the sender, is %q", p.Subject)
	}
	if len(p.Media) != 1 || p.Media[0].ContentType != "image/jpeg" {
		t.Errorf("media are %+v", p.Media)
	}
}

func TestWhatNobodyWroteIsMarked(t *testing.T) {
	for name, want := range map[string]string{
		"exchange-auto-reply.eml": "auto-reply",
		"list.eml":                "list",
		"outlook.eml":             "",
		"iphone.eml":              "",
	} {
		if got := readPost(t, sample(t, name)).Automatic; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	for head, want := range map[string]string{
		"Auto-Submitted: no":                                   "",
		"Auto-Submitted: auto-replied (vacation)":              "auto-reply",
		"Precedence: bulk":                                     "bulk",
		"Precedence: auto_reply":                               "auto-reply",
		"X-Autoreply: yes":                                     "auto-reply",
		"Return-Path: <>":                                      "auto-reply",
		"Return-Path: <ann@citizen.example>":                   "",
		"X-Auto-Response-Suppress: OOF, AutoReply":             "auto-reply",
		"X-Auto-Response-Suppress: DR, RN, NRN":                "",
		"Auto-Submitted: auto-generated":                       "bulk",
		"List-Unsubscribe: <https://news.example/u>":           "bulk",
		"Subject: Ateb awtomatig: Bin":                         "auto-reply",
		"Subject: RE: Automatic reply: Bin":                    "",
		"Content-Type: multipart/report; report-type=feedback": "auto-reply",
		"X-Failed-Recipients: x@y.example":                     "bounce",
		"Subject: Out of office: away":                         "auto-reply",
		"Precedence: list":                                     "list",
		"Precedence: first-class":                              "",
	} {
		p := readPost(t, []byte("From: ann@citizen.example\r\nMessage-ID: <1@x.example>\r\n"+head+"\r\n\r\nHello"))
		if p.Automatic != want {
			t.Errorf("%q is %q, want %q", head, p.Automatic, want)
		}
	}
}

func TestADeliveryReportOnOurMessageIsAReceipt(t *testing.T) {
	for name, test := range map[string]struct {
		failed bool
		says   string
	}{
		"postfix-bounce.eml":  {true, "The address nobody@citizen.example does not exist."},
		"postfix-delay.eml":   {false, "has not arrived yet"},
		"exchange-bounce.eml": {true, "The mailbox of ann@citizen.example is full."},
	} {
		t.Run(name, func(t *testing.T) {
			r := read(t, sample(t, name)).Receipt
			if r == nil {
				t.Fatal("no receipt")
			}
			if r.Of != "mercat.abc123@council.example" || r.Failed != test.failed || !strings.Contains(r.Sentence, test.says) {
				t.Errorf("receipt is %+v", r)
			}
		})
	}
}

func TestADeliveryReportOnAStrangersMessageIsKeptAsABounce(t *testing.T) {
	raw := bytes.ReplaceAll(sample(t, "postfix-bounce.eml"), []byte("mercat.abc123@"), []byte("other@"))
	p := readPost(t, raw)
	if p.Automatic != "bounce" || p.ReplyTo != "other@council.example" || p.Thread != "other@council.example" {
		t.Errorf("post is %q in thread %q", p.Automatic, p.Thread)
	}
}

func TestABouncedCopyToOurselvesIsNoFailure(t *testing.T) {
	raw := bytes.ReplaceAll(sample(t, "postfix-bounce.eml"), []byte("rfc822; nobody@citizen.example"), []byte("rfc822; council@council.example"))
	if e := read(t, raw); e.Receipt != nil && e.Receipt.Failed {
		t.Errorf("receipt is %+v", e.Receipt)
	}
}

func TestAnswersGoWhereTheSenderWants(t *testing.T) {
	p := readPost(t, sample(t, "form.eml"))
	if p.Author.ID != "sion@citizen.example" || p.Author.Name != "Siôn" || !noticed(p, "reply_to") {
		t.Errorf("author is %+v, notices %v", p.Author, p.Notices)
	}
	if p := readPost(t, sample(t, "list.eml")); p.Author.ID != "office@community.example" {
		t.Errorf("an answer would go to the whole list: %+v", p.Author)
	}
}

func TestOurOwnMailIsKnown(t *testing.T) {
	mail := func(id string) []byte {
		return []byte("From: Council <Council@council.example>\r\nTo: ann@citizen.example\r\nMessage-ID: <" + id + ">\r\n\r\nHello")
	}
	if p := readPost(t, mail("x@outlook.example")); !p.FromUs {
		t.Error("mail that we wrote in another program is not marked")
	}
	if e := read(t, mail("mercat.abc@council.example")); e.Receipt == nil || e.Receipt.Failed {
		t.Errorf("the copy of what Mercat sent is %+v", e)
	}
	forged := bytes.Replace(mail("mercat.abc@council.example"), []byte("Council@council.example"), []byte("mallory@evil.example"), 1)
	if e := read(t, forged); e.Post == nil || e.Post.FromUs {
		t.Errorf("a stranger's mail with our Message-ID is %+v", e)
	}
}

func TestBrokenMailIsReadAsFarAsItGoes(t *testing.T) {
	p := readPost(t, sample(t, "broken.eml"))
	if p.Author.ID != "ann@citizen.example" || p.Author.Name != "Pêcheur" {
		t.Errorf("author is %+v", p.Author)
	}
	if p.Subject != "Café raw" {
		t.Errorf("subject is %q", p.Subject)
	}
	if !p.At.Equal(testNow.Add(-time.Hour)) {
		t.Errorf("date is %s", p.At)
	}
	if p.Text != "+ADw-script+AD4-" {
		t.Errorf("UTF-7 was decoded: %q", p.Text)
	}
	for _, code := range []string{"date_replaced", "charset_unknown", "part_damaged"} {
		if !noticed(p, code) {
			t.Errorf("no notice %s in %v", code, p.Notices)
		}
	}
	if !strings.HasSuffix(string(p.Ref), unidentified) || p.Ref != readPost(t, sample(t, "broken.eml")).Ref {
		t.Errorf("ref is %q", p.Ref)
	}
}

func TestHostileMailIsBounded(t *testing.T) {
	nested := func(n int) string {
		var b strings.Builder
		b.WriteString("From: a@b.example\r\nMessage-ID: <1@x.example>\r\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
		}
		return b.String() + "\r\ninnermost"
	}
	flat := "From: a@b.example\r\nMessage-ID: <1@x.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		strings.Repeat("--b\r\n\r\nx\r\n", 10_000) + "--b--"
	files := "From: a@b.example\r\nMessage-ID: <1@x.example>\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		strings.Repeat("--b\r\nContent-Disposition: attachment; filename=x.zip\r\n\r\nx\r\n", 100) + "--b--"
	for name, test := range map[string]struct{ raw, notice string }{
		"10,000 nested parts":   {nested(10_000), "too_deep"},
		"10,000 parts":          {flat, "too_many_parts"},
		"100 attachments":       {files, "too_many_attachments"},
		"huge header":           {"From: a@b.example\r\nX-Long: " + strings.Repeat("x", 1<<20) + "\r\n\r\nHello", "header_too_large"},
		"many header lines":     {"From: a@b.example\r\n" + strings.Repeat("X-A: b\r\n", 50_000) + "\r\nHello", "header_too_large"},
		"one-megabyte word":     {"From: a@b.example\r\n\r\n" + strings.Repeat("w", 1<<20), "text_too_long"},
		"no sender":             {"Subject: x\r\n\r\nHello", "no_sender"},
		"empty":                 {"", "no_sender"},
		"the year 2099":         {"From: a@b.example\r\nDate: Thu, 1 Jan 2099 00:00:00 +0000\r\n\r\nHello", "date_replaced"},
		"right-to-left":         {"From: a@b.example\r\n\r\ninvoice\u202egpj.exe", "text_cleaned"},
		"end missing":           {"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHello", "message_cut"},
		"unknown character set": {"From: a@b.example\r\nContent-Type: text/plain; charset=klingon\r\n\r\nHello", "charset_unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			p := readPost(t, []byte(test.raw))
			if !noticed(p, test.notice) {
				t.Errorf("no notice %s in %v", test.notice, p.Notices)
			}
			checkBounds(t, network.Event{Post: p})
		})
	}
}

func TestHostileTextTakesNoLongerThanItsLength(t *testing.T) {
	head := "From: a@b.example\r\nIn-Reply-To: <x@y.example>\r\n"
	for name, unit := range map[string]string{
		"attributions": "On " + strings.Repeat("wrot ", 60) + ":\n",
		"headers":      "From: x\nTo: y\n\n",
		"quotes":       "> a\n",
		"html":         "<div><b>",
		"boundaries":   "--b\r\n",
	} {
		for _, kind := range []string{"text/plain", "text/html", "multipart/mixed; boundary=b"} {
			begin := time.Now()
			read(t, []byte(head+"Content-Type: "+kind+"\r\n\r\n"+strings.Repeat(unit, 8<<20/len(unit))))
			if d := time.Since(begin); d > 5*time.Second {
				t.Errorf("8 MiB of %s as %s took %s", name, kind, d)
			}
		}
	}
	for name, unit := range map[string]string{"words": "=?utf-8?q?", "comments": "(", "quotes": `"a`, "addresses": "a@b.example,", "references": "<a@b>"} {
		for _, field := range []string{"Subject", "To", "Content-Type", "Content-Disposition", "References", "Date"} {
			begin := time.Now()
			read(t, []byte(head+field+": "+strings.Repeat(unit, maxFieldBytes/len(unit)-50)+"\r\n\r\n"))
			if d := time.Since(begin); d > 2*time.Second {
				t.Errorf("%s in %s took %s", name, field, d)
			}
		}
	}
}

func TestCharacterSetsAreReadAsMeant(t *testing.T) {
	for _, test := range []struct{ label, bytes, want string }{
		{"utf-8", "Tŷ", "Tŷ"},
		{"", "caf\xe9", "café"},
		{"us-ascii", "caf\xe9", "café"},
		{"iso-8859-1", "\x93caf\xe9\x94", "“café”"},
		{"iso-8859-1", "Tŷ", "Tŷ"}, // mislabelled
		{"windows-1252", "\x80 5", "€ 5"},
		{"iso-8859-15", "\xa4 5", "€ 5"},
		{"iso-8859-14", "T\xfe", "Tŷ"},
		{"windows-1251", "\xcf\xf0\xe8\xe2\xe5\xf2", "Привет"},
		{"gb2312", "\xc4\xe3\xba\xc3", "你好"},
		{"iso-2022-jp", "\x1b$B$3\x1b(B", "こ"},
		{"UTF-7", "+AGE-", "+AGE-"},
	} {
		if got, _ := decodeCharset(test.label, []byte(test.bytes)); got != test.want {
			t.Errorf("%s %q is %q, want %q", test.label, test.bytes, got, test.want)
		}
	}
}

func TestQuotedTailsAreTakenAwayOnlyWhenTheyArePlain(t *testing.T) {
	const header = "From: Council <c@c.example>\nSent: today\nTo: Ann\nSubject: Bin\n\nWhich bin?"
	for _, test := range []struct{ name, in, want string }{
		{"attribution and quote", "Blue.\n\nOn Monday, Council wrote:\n> Which bin?", "Blue."},
		{"folded attribution", "Blue.\n\nOn Mon, 2 Nov 2026 at 16:02, Council <c@c.example>\nwrote:\n\n> Which?", "Blue."},
		{"Welsh", "Glas.\n\nAr ddydd Llun, ysgrifennodd Cyngor:\n> Pa fin?", "Glas."},
		{"Gaelic", "Gorm.\n\nSgrìobh a' Chomhairle:\n> Dè?", "Gorm."},
		{"Outlook", "Blue.\n\n-----Original Message-----\n" + header, "Blue."},
		{"Outlook without a line", "Blue.\n\n" + header, "Blue."},
		{"bare quote", "Blue.\n\n> Which bin?", "Blue."},
		{"any language with an address", "Sininen.\n\nma 2. marrask. c@c.example kirjoitti:\n> Mikä?", "Sininen."},
		{"answer under the quote", "On Monday, Council wrote:\n> Which bin?\n\nBlue.", ""},
		{"answer between", "> Which bin?\nBlue.\n> When?\nMonday.", ""},
		{"nothing new", "> Which bin?", ""},
		{"forwarded", "See below.\n\n---------- Forwarded message ---------\n" + header, ""},
		{"one header-like line", "From: the bus stop\nit smells.", ""},
	} {
		got, cut := newWords(test.in)
		if test.want == "" {
			test.want = test.in
		}
		if got != test.want || cut != (test.want != test.in) {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}

func TestAQuotedTailCanStillBeSeen(t *testing.T) {
	p := readPost(t, []byte("From: a@b.example\r\nIn-Reply-To: <x@y.example>\r\n\r\nBlue & <new>.\r\n\r\n> Which bin?\r\n"))
	if p.Text != "Blue & <new>." || !strings.Contains(p.HTML, "Blue &amp; &lt;new&gt;.") || !strings.Contains(p.HTML, "Which bin?") {
		t.Errorf("text %q, HTML %q", p.Text, p.HTML)
	}
}

func TestFlowedTextIsJoined(t *testing.T) {
	for _, test := range []struct {
		in    string
		delSp bool
		want  string
	}{
		{"One \nline.\n\nTwo.\n", false, "One line.\n\nTwo."},
		{" >not quoted\n", false, ">not quoted"},
		{"> a \n> b\n>> c\n", false, "> a b\n>> c"},
		{"你 \n好\n", true, "你好"},
		{"-- \nAnn\n", false, "-- \nAnn"},
	} {
		if got := unflow(test.in, test.delSp); got != test.want {
			t.Errorf("%q is %q, want %q", test.in, got, test.want)
		}
	}
}

func TestNestedMessagesAndCalendarsAreAttachments(t *testing.T) {
	p := readPost(t, []byte("From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"+
		"--b\r\n\r\nSee the attached.\r\n"+
		"--b\r\nContent-Type: message/rfc822\r\n\r\nSubject: Old/../complaint\r\n\r\nOld words\r\n"+
		"--b\r\nContent-Type: text/calendar\r\n\r\nBEGIN:VCALENDAR\r\n"+
		"--b\r\nContent-Type: text/html; name=page.html\r\nContent-Disposition: attachment; filename=\"..\\..\\evil.html\"\r\n\r\n<script>\r\n--b--"))
	if p.Text != "See the attached." || p.HTML != "" {
		t.Errorf("text %q, HTML %q", p.Text, p.HTML)
	}
	var names []string
	for _, m := range p.Media {
		names = append(names, m.Filename)
	}
	if !slices.Equal(names, []string{"complaint.eml", "attachment-2.ics", "evil.html"}) {
		t.Errorf("attachments are %q", names)
	}
}

func TestAPlusAddressNamesItsConversation(t *testing.T) {
	self := mailbox{"council", "council.example"}
	for address, want := range map[string]string{
		"council+abc123@council.example":                                  "abc123",
		"Council+ABC-123@Council.Example":                                 "abc-123",
		"council@council.example":                                         "",
		"council+short@council.example":                                   "",
		"council+has.dot@council.example":                                 "",
		"council+abc123@other.example":                                    "",
		"roads+abc123@council.example":                                    "",
		"council+" + strings.Repeat("a", 65) + "@council.example":         "",
		"council+" + strings.Repeat("a", 64) + "@council.example":         strings.Repeat("a", 64),
		"council+abc123+abc456@council.example":                           "",
		"\"council+abc123\"@council.example, council+abc123@evil.example": "",
	} {
		m, _ := parseMailbox(address)
		if got, _ := plusToken(self, "+", m); got != want {
			t.Errorf("%s names %q, want %q", address, got, want)
		}
	}
}

func TestAddressesAreReadLeniently(t *testing.T) {
	for in, want := range map[string]string{
		`Ann <ann@x.example>`:                                      "ann@x.example=Ann",
		`"Campbell, Ann" <Ann@X.Example>, bob@y.example`:           "ann@x.example=Campbell, Ann bob@y.example=",
		`ann@x.example (Ann C)`:                                    "ann@x.example=Ann C",
		`=?utf-8?Q?Si=C3=B4n=2C_=3Cevil=40x=3E?= <sion@x.example>`: "sion@x.example=Siôn, <evil@x>",
		`undisclosed-recipients:;`:                                 "",
		`Friends: ann@x.example, bob@y.example;`:                   "ann@x.example= bob@y.example=",
		`Ann C. <ann@x.example`:                                    "ann@x.example=Ann C.",
		`ann.@x.example`:                                           "ann.@x.example=",
		`<ann@xn--t-4va.example>`:                                  "",
		`ann@tŷ.example`:                                           "ann@tŷ.example=",
		`ann@xn--t-89a.example`:                                    "",
		`nobody`:                                                   "",
		"evil\u202e <a@x.example>":                                 "a@x.example=evil",
	} {
		var got []string
		for _, n := range parseAddresses(in) {
			got = append(got, n.address()+"="+n.name)
		}
		if strings.Contains(in, "xn--") {
			continue // only that it does not fail
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is %q, want %q", in, got, want)
		}
	}
}

// checkBounds holds every event to what the network package promises.
func checkBounds(t testing.TB, e network.Event) {
	t.Helper()
	if r := e.Receipt; r != nil {
		if r.Of == "" || r.Sentence == "" || !utf8.ValidString(r.Sentence) {
			t.Errorf("receipt is %+v", r)
		}
		return
	}
	p := e.Post
	if p.Ref == "" || p.Thread == "" || p.Author.ID == "" || len(p.Ref) > maxMessageID || len(p.Author.ID) > maxAddress {
		t.Errorf("ref %q, thread %q, author %q", p.Ref, p.Thread, p.Author.ID)
	}
	if p.At.Year() < network.OldestSaneYear || p.At.After(testNow.Add(25*time.Hour)) {
		t.Errorf("date is %s", p.At)
	}
	for name, s := range map[string]string{"text": p.Text, "HTML": p.HTML, "subject": p.Subject, "name": p.Author.Name, "ref": string(p.Ref), "id": p.Author.ID, "conversation": p.Conversation} {
		if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
			t.Errorf("%s is not clean: %.100q", name, s)
		}
	}
	if utf8.RuneCountInString(p.Text) > network.MaxText || len(p.HTML) > network.MaxHTML || len(p.Raw) > network.MaxRaw ||
		len(p.Media) > network.MaxMedia || len(p.Mentions) > network.MaxMentions || len(p.References) > maxReferences ||
		utf8.RuneCountInString(p.Author.Name) > network.MaxNameRunes {
		t.Error("a limit was passed")
	}
	for _, m := range p.Media {
		if len(m.Data) > network.MaxMediaBytes || strings.ContainsAny(m.Filename, "/\\\x00\r\n") || !utf8.ValidString(m.Filename) {
			t.Errorf("media %q", m.Filename)
		}
	}
	for _, n := range p.Notices {
		if n.Code == "" || !strings.HasSuffix(n.Sentence, ".") {
			t.Errorf("notice %+v", n)
		}
	}
}
