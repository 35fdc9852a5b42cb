package archive

import (
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
)

var ours = Options{Own: []string{"contact@council.example", "Roads@council.example"}}

func TestMailIsReadMessageByMessage(t *testing.T) {
	list := whole(t, Mbox, "testdata/mail.mbox", ours)
	if len(list) != 7 {
		t.Fatalf("%d messages: %q", len(list), told(list))
	}
	first := list[0].Post
	if want := "There is a hole in Shore Road.\n\nFrom the bridge to the church it is worse.\n>From here on it is fine.\nFrom time to time somebody fills it."; first.Text != want {
		t.Errorf("%q", first.Text)
	}
	if first.Author.ID != "ann@example.org" || first.Ref != "1@example.org" || first.FromUs {
		t.Errorf("%+v", first)
	}
	if answer := list[1]; !answer.Post.FromUs || answer.Post.Thread != first.Ref || answer.To.ID != "ann@example.org" {
		t.Errorf("%q", told(list[1:2]))
	}
	if p := list[2].Post; !p.At.Equal(time.Date(2014, 3, 4, 10, 0, 0, 0, time.UTC)) || len(p.Media) != 1 || len(p.Media[0].Data) == 0 || p.Author.Name != "Seán" {
		t.Errorf("%q", told(list[2:3]))
	}
	if list[3].Place != "message at line 46" || !strings.Contains(list[3].Wrong, "no date that can be right") {
		t.Errorf("%s: %q", list[3].Place, list[3].Wrong)
	}
	if p := list[4].Post; !p.At.Equal(time.Date(2015, 1, 6, 12, 0, 0, 0, time.UTC)) {
		t.Errorf("%q", told(list[4:5]))
	}
	if list[5].Wrong != "It is empty." {
		t.Errorf("%q", told(list[5:6]))
	}
	if list[6].To.ID != "peigi@example.org" || !list[6].Post.FromUs {
		t.Errorf("from another of our addresses, to us and another: %q", told(list[6:]))
	}
	goesOnAnywhere(t, Mbox, "testdata/mail.mbox", ours)
}

func TestMailWithWindowsLineEndsIsTheSame(t *testing.T) {
	path := writeFile(t, "crlf.mbox", strings.ReplaceAll(readFile(t, "testdata/mail.mbox"), "\n", "\r\n"))
	a, b := whole(t, Mbox, "testdata/mail.mbox", ours), whole(t, Mbox, path, ours)
	for i := range a {
		if a[i].Wrong != b[i].Wrong || a[i].Post != nil && a[i].Post.Text != b[i].Post.Text {
			t.Errorf("%q, %q", told(a[i:i+1]), told(b[i:i+1]))
		}
	}
	goesOnAnywhere(t, Mbox, path, ours)
}

func TestWhatIsNoMailboxIsRefused(t *testing.T) {
	for name, text := range map[string]string{"a letter": "Dear Sir,\n", "a paragraph": "From the bridge to the church\n", "another form": "PK\x03\x04"} {
		if _, err := read(t, Mbox, writeFile(t, "x", text), ours); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "no mbox file") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if list := whole(t, Mbox, writeFile(t, "x", "\n\n"), ours); len(list) != 0 {
		t.Errorf("an empty one holds %q", told(list))
	}
	for _, own := range [][]string{nil, {"council"}} {
		if _, err := read(t, Mbox, "testdata/mail.mbox", Options{Own: own}); !fault.Is(err, fault.Invalid) {
			t.Errorf("our addresses %q: %v", own, err)
		}
	}
}

func TestHugeMailIsPassedOver(t *testing.T) {
	const head = "From a@example.org Mon Mar  3 09:12:00 2014\nFrom: a@example.org\nDate: Mon, 3 Mar 2014 09:11:58 +0000\n\n"
	long := head + strings.Repeat("long ", 1<<20) + "\n\n" // a line of 5 MB
	huge := head + strings.Repeat(strings.Repeat("x", 1023)+"\n", 65<<10) + "\n"
	path := writeFile(t, "huge.mbox", long+huge+head+"\xff\xfe\x00 bytes\n")
	list := whole(t, Mbox, path, ours)
	if len(list) != 3 || list[0].Post == nil || list[1].Wrong != "It is larger than 64 MB." || list[1].Place != "message at line 7" || list[2].Post == nil {
		t.Fatalf("%.2000q", told(list))
	}
}

func FuzzMbox(f *testing.F) {
	f.Add([]byte(readFile(f, "testdata/mail.mbox")))
	f.Add([]byte("From a Mon Mar  3 09:12:00 2014\n\nFrom a Mon Mar  3 09:12:00 2014\nFrom: a@b.example\n\n>From x\n"))
	f.Add([]byte("From a Mon Mar  3 09:12:00 2014\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n\r\n--a--"))
	f.Fuzz(func(t *testing.T, text []byte) {
		path := writeFile(t, "x", string(text))
		list, err := read(t, Mbox, path, ours)
		if err != nil && !fault.Is(err, fault.Invalid) {
			t.Fatal(err)
		}
		for _, i := range list {
			if (i.Post == nil) == (i.Wrong == "") || i.Post != nil && (i.Post.Ref == "" || i.Post.Author.ID == "" || !sane(i.Post.At, today)) {
				t.Fatalf("%+v", i)
			}
		}
		if err == nil && len(text) < 4_000 {
			goesOnAnywhere(t, Mbox, path, ours)
		}
	})
}
