package email_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/email"
	"mercat.scot/mercat/platform/fault"
)

// fetchAll fetches until there is no more and returns the posts' refs.
func fetchAll(t *testing.T, c network.Connection, cursor *network.Cursor) (refs []network.Ref) {
	t.Helper()
	for range 1000 {
		b, err := c.Fetch(t.Context(), *cursor)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range b.Events {
			if e.Post != nil {
				refs = append(refs, e.Post.Ref)
			}
		}
		*cursor = b.Cursor
		if !b.More {
			return refs
		}
	}
	t.Fatal("there is always more")
	return nil
}

func ids(from, to int) (refs []network.Ref) {
	for n := from; n <= to; n++ {
		refs = append(refs, network.Ref(fmt.Sprintf("%d@citizen.example", n)))
	}
	return refs
}

func TestMailIsFetchedOnceInOrderAndInBatches(t *testing.T) {
	s := startServers(t)
	for n := 1; n <= 25; n++ {
		s.arrive(n)
	}
	o := s.options()
	o.BatchMessages = 10
	c := s.connect(o, nil)
	var cursor network.Cursor
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(1, 25)) {
		t.Errorf("first came %q", got)
	}
	if got := fetchAll(t, c, &cursor); len(got) != 0 {
		t.Errorf("again came %q", got)
	}
	s.arrive(26)
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(26, 26)) {
		t.Errorf("then came %q", got)
	}
	if s.dials != 1 {
		t.Errorf("%d connections were made", s.dials)
	}
}

func TestABatchIsBoundedInBytes(t *testing.T) {
	s := startServers(t)
	for n := 1; n <= 5; n++ {
		s.arrive(n)
	}
	o := s.options()
	o.BatchBytes = 150
	b, err := s.connect(o, nil).Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 1 || !b.More {
		t.Errorf("%d events, more %v", len(b.Events), b.More)
	}
}

func TestTheFirstFetchGoesBackThirtyDays(t *testing.T) {
	s := startServers(t)
	old := "From: ann@citizen.example\nMessage-ID: <old@citizen.example>\n\nOld.\n"
	s.put("INBOX", old, clock().Add(-40*24*time.Hour))
	s.arrive(1)
	s.put("INBOX", old, clock().Add(-400*24*time.Hour))
	s.arrive(2)
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(1, 2)) {
		t.Errorf("came %q", got)
	}
	// What somebody moves into the folder later is new, however old.
	s.put("INBOX", old, clock().Add(-400*24*time.Hour))
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, []network.Ref{"old@citizen.example"}) {
		t.Errorf("then came %q", got)
	}
}

func TestANewUIDValidityMeansALookBack(t *testing.T) {
	s := startServers(t)
	s.arrive(1)
	s.arrive(2)
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	fetchAll(t, c, &cursor)
	s.must(s.user.Delete("INBOX"))
	s.must(s.user.Create("INBOX", nil))
	s.arrive(2)
	s.arrive(3)
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(2, 3)) {
		t.Errorf("came %q", got)
	}
}

func TestACursorThatMakesNoSenseBeginsAnew(t *testing.T) {
	s := startServers(t)
	s.arrive(1)
	cursor := network.Cursor("2/what")
	if got := fetchAll(t, s.connect(s.options(), nil), &cursor); !slices.Equal(got, ids(1, 1)) {
		t.Errorf("came %q", got)
	}
}

func TestACutConnectionLosesNothing(t *testing.T) {
	s := startServers(t)
	for n := 1; n <= 5; n++ {
		s.arrive(n)
	}
	// Wherever the line is cut, the next attempt goes on from there.
	for cut := 0; cut < 3000; cut += 37 {
		s.set(func() {
			s.damage = func(_ string, c net.Conn) net.Conn { return &cutting{Conn: c, left: cut} }
		})
		c := s.connect(s.options(), nil)
		var cursor network.Cursor
		var got []network.Ref
		for attempt := 0; ; attempt++ {
			if attempt == 1 {
				s.set(func() { s.damage = nil })
			}
			b, err := c.Fetch(t.Context(), cursor)
			if err != nil {
				if attempt > 0 && cut > 0 && network.TroubleOf(err) != network.Unreachable {
					t.Fatalf("cut at %d, attempt %d: %v", cut, attempt, err)
				}
				if attempt > 3 {
					t.Fatalf("cut at %d: %v", cut, err)
				}
				continue
			}
			for _, e := range b.Events {
				got = append(got, e.Post.Ref)
			}
			cursor = b.Cursor
			if !b.More {
				break
			}
		}
		if !slices.Equal(got, ids(1, 5)) {
			t.Fatalf("cut at %d: came %q", cut, got)
		}
	}
}

func TestAServerThatFallsSilentDoesNotHoldUsUp(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { return newDeaf(c) } })
	o := s.options()
	o.DialTimeout = 100 * time.Millisecond
	c := s.connect(o, nil)
	_, err := c.Fetch(t.Context(), "")
	wantTrouble(t, err, network.Unreachable, "did not answer in time")
	_, err = c.Send(t.Context(), network.Outgoing{Key: "a", First: true, To: network.Identity{ID: "ann@citizen.example"}, Text: "x"})
	wantTrouble(t, err, network.Unreachable, "did not answer in time")
}

func TestAServerThatNeverStopsIsLeft(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { return flood{c} } })
	_, err := s.connect(s.options(), nil).Fetch(t.Context(), "")
	wantTrouble(t, err, network.Unreachable, "")
}

func TestTheCallersDeadlineHolds(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { return newDeaf(c) } })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := s.connect(s.options(), nil).Fetch(ctx, "")
	wantTrouble(t, err, network.Unreachable, "")
	if time.Since(begin) > time.Second {
		t.Errorf("it took %s", time.Since(begin))
	}
}

func TestAWrongPasswordIsSaidSo(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), map[string]string{"password": "wrong"})
	_, err := c.Fetch(t.Context(), "")
	wantTrouble(t, err, network.Revoked, "does not accept the user name and password")
	err = c.(network.Waiter).Wait(t.Context(), "", nil)
	wantTrouble(t, err, network.Revoked, "does not accept the user name and password")
	_, err = s.connect(s.options(), map[string]string{"smtp_password": "wrong"}).Send(t.Context(), outgoing("a"))
	wantTrouble(t, err, network.Revoked, "The outgoing mail server")
}

func TestAMissingFolderIsSaidSo(t *testing.T) {
	s := startServers(t)
	_, err := s.connect(s.options(), map[string]string{"folder": "Desk"}).Fetch(t.Context(), "")
	wantTrouble(t, err, network.Revoked, `There is no folder "Desk"`)
}

func TestIdleWakesAndCloseEndsIt(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	fetchAll(t, c, &cursor)
	done := make(chan error, 1)
	go func() { done <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
	s.arrive(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(1, 1)) {
		t.Errorf("came %q", got)
	}
	go func() { done <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
	s.must(c.Close())
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	_, err := c.Fetch(t.Context(), cursor)
	wantTrouble(t, err, network.Unreachable, "closed")
}

func TestWaitEndsWithItsContextAndKeepsTheLine(t *testing.T) {
	s := startServers(t)
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	fetchAll(t, c, &cursor)
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
		if err := c.(network.Waiter).Wait(ctx, cursor, nil); err != nil {
			t.Fatal(err)
		}
		cancel()
	}
	if s.dials != 2 {
		t.Errorf("%d connections were made", s.dials)
	}
}

func TestALineThatIsCutWhileWaitingIsAnError(t *testing.T) {
	s := startServers(t)
	conns := make(chan net.Conn, 10)
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	fetchAll(t, c, &cursor)
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { conns <- c; return c } })
	done := make(chan error, 1)
	go func() { done <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
	(<-conns).Close()
	wantTrouble(t, <-done, network.Unreachable, "")
	s.arrive(1)
	if err := c.(network.Waiter).Wait(t.Context(), cursor, nil); err != nil {
		t.Fatal(err)
	}
}

func TestALargeMessageIsReadInParts(t *testing.T) {
	s := startServers(t)
	s.put("INBOX", "From: ann@citizen.example\nMessage-ID: <big@citizen.example>\nSubject: Big\nContent-Type: multipart/mixed; boundary=b\n\n"+
		"--b\nContent-Type: multipart/alternative; boundary=a\n\n--a\nContent-Type: text/plain\n\nSee the film.\n--a\nContent-Type: text/html\n\n<p>See the film.</p>\n--a--\n"+
		"--b\nContent-Type: video/mp4\nContent-Disposition: attachment; filename=film.mp4\nContent-Transfer-Encoding: base64\n\n"+strings.Repeat("AAAA\n", 20_000)+
		"--b\nContent-Type: text/csv\nContent-Disposition: attachment; filename=list.csv\n\na,b\n--b--\n", clock())
	s.arrive(2)
	o := s.options()
	o.WholeBytes = 10_000
	c := s.connect(o, nil)
	b, err := c.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 2 {
		t.Fatalf("%d events", len(b.Events))
	}
	p := b.Events[0].Post
	if p.Text != "See the film." || !strings.Contains(p.HTML, "<p>See the film.</p>") || p.Subject != "Big" {
		t.Errorf("text %q, HTML %q", p.Text, p.HTML)
	}
	if len(p.Media) != 1 || p.Media[0].Filename != "list.csv" || string(p.Media[0].Data) != "a,b" {
		t.Errorf("%d media", len(p.Media))
	}
	if len(p.Notices) != 1 || p.Notices[0].Code != "attachment_too_large" || !strings.Contains(p.Notices[0].Sentence, "film.mp4") {
		t.Errorf("notices are %+v", p.Notices)
	}
}

func TestAMessageThatCannotBeReadDoesNotStopTheOthers(t *testing.T) {
	s := startServers(t)
	s.arrive(1)
	s.put("INBOX", "From: ann@citizen.example\nMessage-ID: <poison@citizen.example>\n\n"+strings.Repeat("poison ", 1000), clock())
	s.arrive(3)
	// The line is cut whenever that message's body is on it.
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { return &cutting{Conn: c, left: 4000} } })
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	var posts []*network.Post
	for range 20 {
		b, err := c.Fetch(t.Context(), cursor)
		if err != nil {
			continue
		}
		for _, e := range b.Events {
			posts = append(posts, e.Post)
		}
		cursor = b.Cursor
		if !b.More {
			break
		}
	}
	if len(posts) != 3 || posts[0].Ref != "1@citizen.example" || posts[2].Ref != "3@citizen.example" {
		t.Fatalf("came %d posts", len(posts))
	}
	if n := posts[1].Notices; len(n) != 1 || n[0].Code != "unreadable" {
		t.Errorf("notices are %+v", n)
	}
}

func TestAServerWithoutIdleIsAsked(t *testing.T) {
	s := startServers(t)
	s.set(func() { s.damage = func(_ string, c net.Conn) net.Conn { return &without{Conn: c} } })
	c := s.connect(s.options(), nil)
	var cursor network.Cursor
	fetchAll(t, c, &cursor)
	done := make(chan error, 1)
	go func() { done <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
	s.arrive(1)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if got := fetchAll(t, c, &cursor); !slices.Equal(got, ids(1, 1)) {
		t.Errorf("came %q", got)
	}
}

func TestCopiesOfWhatWasSentGoToTheSentFolderAndNothingElseDoes(t *testing.T) {
	s := startServers(t)
	s.arrive(1)
	c := s.connect(s.options(), nil)
	if _, err := c.Send(t.Context(), outgoing("k1")); err != nil {
		t.Fatal(err)
	}
	s.arrive(2)
	b, err := c.Fetch(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(b.Events) != 3 || b.Events[1].Receipt == nil || b.Events[1].Receipt.Of != "mercat.k1@council.example" {
		t.Fatalf("events are %+v", b.Events)
	}
	for folder, want := range map[string]uint32{"INBOX": 2, "Sent": 1} {
		status, err := s.user.Status(folder, &imap.StatusOptions{NumMessages: true, NumUnseen: true})
		s.must(err)
		if *status.NumMessages != want || folder == "INBOX" && *status.NumUnseen != want {
			t.Errorf("%s has %d messages, %d of them unread", folder, *status.NumMessages, *status.NumUnseen)
		}
	}
}

func TestTheFormIsCheckedBeforeAnythingIsDialled(t *testing.T) {
	n := email.New(email.Options{Now: clock})
	for field, form := range map[string]map[string]string{
		"address":       {"address": "nobody"},
		"password":      {"password": ""},
		"imap_host":     {"imap_host": "two words"},
		"imap_port":     {"imap_port": "99999"},
		"imap_security": {"imap_security": "none"},
		"smtp_security": {"smtp_security": "none", "smtp_host": "10.0.0.1"},
		"folder":        {"folder": "a\nb"},
		"copy":          {"copy": "never"},
		"separator":     {"separator": "@"},
	} {
		options := map[string]string{"address": "council@council.example", "password": "secret"}
		if c, err := n.Connect(network.Account{Options: options}); err != nil {
			t.Fatal(err)
		} else if err := c.Close(); err != nil {
			t.Fatal(err)
		}
		for k, v := range form {
			options[k] = v
		}
		_, err := n.Connect(network.Account{Options: options})
		var wrong fault.Fields
		if !errors.As(err, &wrong) || !slices.ContainsFunc(wrong, func(e *fault.Error) bool { return e.Field == field }) {
			t.Errorf("%s: error is %v", field, err)
		}
	}
}
