package practice_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/fault"
)

func TestTwentySendersOfOneKeyMakeOnePost(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		events, _ := drain(t, c, "")
		out := answer("k1", events[0].Post, "A crew comes on Thursday")
		var mu sync.Mutex
		refs := map[network.Ref]int{}
		var all sync.WaitGroup
		for i := range 20 {
			all.Go(func() {
				mine := out
				mine.First = i%2 == 0
				sent, err := c.Send(t.Context(), mine)
				if err != nil {
					t.Errorf("sender %d: %v", i, err)
				}
				mu.Lock()
				defer mu.Unlock()
				refs[sent.Ref]++
			})
		}
		all.Wait()
		if len(refs) != 1 {
			t.Errorf("the senders got %d refs, want one: %v", len(refs), refs)
		}
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: callum})
		must(t, err)
		if n := len(seen.Threads[0].Posts); n != 2 {
			t.Errorf("the thread has %d posts, want the question and one answer", n)
		}
	})
}

func TestTheSameKeyOfTwoAccountsIsTwoPosts(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		out := network.Outgoing{Key: "k1", Visibility: network.Public, Text: "The road is open"}
		a, b := send(t, v.connect(t, "roads"), out), send(t, v.connect(t, "library"), out)
		if a.Ref == b.Ref {
			t.Errorf("two accounts got the same post %q", a.Ref)
		}
	})
}

func TestAPostEditedAndDeletedBeforeItIsFetchedIsSeenAsItIs(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "The first lamp is out"})
		b := v.say(t, practice.Saying{Citizen: callum, Text: "The bus is late"})
		reply := v.say(t, practice.Saying{Citizen: callum, ReplyTo: a, Text: "Mine too"})
		v.clock.Advance(time.Minute)
		must(t, v.Edit(t.Context(), mairi, a, 0, "The second lamp is out"))
		must(t, v.Retract(t.Context(), callum, b))
		events, cursor := drain(t, c, "")
		if len(events) != 3 {
			t.Fatalf("%d events, want one for each post", len(events))
		}
		// What happened last comes last, also when the answered post comes after
		// its answer.
		if events[0].Post == nil || events[0].Post.Ref != reply || events[0].Post.ReplyTo != a {
			t.Errorf("first came %+v, want the reply", events[0])
		}
		if p := events[1].Post; p == nil || p.Ref != a || p.Text != "The second lamp is out" || !p.EditedAt.Equal(v.clock.Now()) {
			t.Errorf("then came %+v, want the edited post", events[1])
		}
		if d := events[2].Deleted; d == nil || d.Ref != b {
			t.Errorf("last came %+v, want the deletion", events[2])
		}
		must(t, v.Retract(t.Context(), mairi, a))
		must(t, v.Retract(t.Context(), mairi, a))
		events, _ = drain(t, c, cursor)
		if len(events) != 1 || events[0].Deleted == nil || events[0].Deleted.Ref != a {
			t.Errorf("after a deletion asked for twice came %+v, want it once", events)
		}
	})
}

func TestAnEditThatChangesNothingIsNoNews(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		_, cursor := drain(t, c, "")
		must(t, v.Edit(t.Context(), mairi, a, 0, "The lamp is out "))
		if events, _ := drain(t, c, cursor); len(events) != 0 {
			t.Errorf("%d events", len(events))
		}
	})
}

func TestAPostChangedInAnotherWindowIsNotOverwritten(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "One"})
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: mairi})
		must(t, err)
		version := seen.Threads[0].Posts[0].Version
		must(t, v.Edit(t.Context(), mairi, a, version, "Two"))
		err = v.Edit(t.Context(), mairi, a, version, "Three")
		if !fault.Is(err, fault.Conflict) || !strings.Contains(fault.Sentence(err), "Two") {
			t.Errorf("it is %v, want a conflict that says what the post says now", err)
		}
		must(t, v.Edit(t.Context(), mairi, a, version, "Two")) // both meant the same
	})
}

func TestNobodyChangesAnothersPost(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "Mine"})
		private := v.say(t, practice.Saying{Citizen: mairi, Text: "Only for you", Private: true})
		if err := v.Edit(t.Context(), callum, a, 0, "Yours"); !fault.Is(err, fault.Forbidden) {
			t.Errorf("an edit of another's post is %v", err)
		}
		if err := v.Retract(t.Context(), callum, a); !fault.Is(err, fault.Forbidden) {
			t.Errorf("a deletion of another's post is %v", err)
		}
		if err := v.Retract(t.Context(), callum, private); !fault.Is(err, fault.NotFound) {
			t.Errorf("that there is a private post can be found out: %v", err)
		}
		if err := v.Retract(t.Context(), mairi, "no/such"); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deletion of nothing is %v", err)
		}
		c := v.connect(t, "council").(network.Deleter)
		wantTrouble(t, c.Delete(t.Context(), a), network.Refused)
		must(t, c.Delete(t.Context(), "gone"))
	})
}

func TestAPrivatePostIsAnsweredInPrivate(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		v.say(t, practice.Saying{Citizen: mairi, Text: "My address is 3 Kirk Wynd", Private: true})
		events, _ := drain(t, c, "")
		p := events[0].Post
		if p.Visibility != network.Direct {
			t.Fatalf("it came in as %s", p.Visibility)
		}
		for _, visibility := range []network.Visibility{network.Public, network.Unlisted, network.Followers} {
			out := answer("k"+string(visibility), p, "We know where you live")
			out.Visibility = visibility
			_, err := c.Send(t.Context(), out)
			wantTrouble(t, err, network.Refused)
		}
		out := answer("k1", p, "Thank you")
		out.To = network.Identity{ID: "citizen-2"} // whatever the sender says, it goes to whom it answers
		send(t, c, out)
		for citizen, want := range map[int64]int{mairi: 2, callum: 0} {
			seen, err := v.Timeline(t.Context(), practice.View{Citizen: citizen})
			must(t, err)
			n := 0
			for _, thread := range seen.Threads {
				n += len(thread.Posts)
			}
			if n != want {
				t.Errorf("citizen %d sees %d posts, want %d", citizen, n, want)
			}
		}
	})
}

func TestAPrivateAnswerInAPublicThreadIsSeenByWhomItIsForOnly(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		root := v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		events, _ := drain(t, c, "")
		out := answer("k1", events[0].Post, "Which house is it?")
		out.Visibility = network.Direct
		sent := send(t, c, out)
		for citizen, want := range map[int64]int{mairi: 2, callum: 1} {
			seen, err := v.Timeline(t.Context(), practice.View{Citizen: citizen, Post: root})
			must(t, err)
			if n := len(seen.Threads[0].Posts); n != want {
				t.Errorf("citizen %d sees %d posts, want %d", citizen, n, want)
			}
		}
		if _, err := v.Say(t.Context(), practice.Saying{Citizen: callum, ReplyTo: sent.Ref, Text: "What?"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("somebody else answers it: %v", err)
		}
		reply := v.say(t, practice.Saying{Citizen: mairi, ReplyTo: sent.Ref, Text: "Number 3"})
		events, _ = drain(t, c, "")
		if p := posts(events)[reply]; p == nil || p.Visibility != network.Direct || p.Thread != root {
			t.Errorf("the reply came in as %+v", p)
		}
	})
}

func TestPostsReachTheAccountTheyAreFor(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		early := v.say(t, practice.Saying{Citizen: mairi, Text: "Is anybody there?"})
		roads, library := v.connect(t, "roads"), v.connect(t, "@Library ")
		for _, c := range []network.Connection{roads, library} {
			_, err := c.Check(t.Context())
			must(t, err)
		}
		pothole := v.say(t, practice.Saying{Citizen: mairi, To: "roads", Text: "A pothole"})
		book := v.say(t, practice.Saying{Citizen: mairi, To: "library", Text: "A book", Private: true})
		for name, want := range map[string][]network.Ref{"roads": {early, pothole}, "library": {early, book}} {
			events, _ := drain(t, map[string]network.Connection{"roads": roads, "library": library}[name], "")
			var got []network.Ref
			for _, e := range events {
				got = append(got, e.Post.Ref)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s gets %q, want %q", name, got, want)
			}
		}
		if _, err := v.Say(t.Context(), practice.Saying{Citizen: mairi, To: "nobody", Text: "Hello"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a post to no account is %v", err)
		}
		_, err := roads.(network.Threader).Thread(t.Context(), book, 10)
		wantTrouble(t, err, network.Missing)
	})
}

func TestAnAnswerToADeletedPostIsNotSent(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		events, _ := drain(t, c, "")
		must(t, v.Retract(t.Context(), mairi, a))
		_, err := c.Send(t.Context(), answer("k1", events[0].Post, "We come on Thursday"))
		wantTrouble(t, err, network.Missing)
	})
}

func TestAnAnswerThatCannotBeIsRefusedWithASentence(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		events, _ := drain(t, c, "")
		p := events[0].Post
		attached := func(alt string, data []byte) network.Attachment {
			return network.Attachment{Alt: alt, ContentType: "image/png", Open: func(context.Context) (io.ReadCloser, error) {
				return io.NopCloser(bytes.NewReader(data)), nil
			}}
		}
		for name, change := range map[string]func(*network.Outgoing){
			"no key":             func(o *network.Outgoing) { o.Key = "" },
			"a strange key":      func(o *network.Outgoing) { o.Key = "A B" },
			"nothing said":       func(o *network.Outgoing) { o.Text = "\u200b \x00" },
			"a strange audience": func(o *network.Outgoing) { o.Visibility = "friends" },
			"private to nobody": func(o *network.Outgoing) {
				o.ReplyTo, o.To, o.Visibility = "", network.Identity{ID: "citizen-999"}, network.Direct
			},
			"no alt text": func(o *network.Outgoing) { o.Media = []network.Attachment{attached(" ", picture(t, 40))} },
			"a long alt": func(o *network.Outgoing) {
				o.Media = []network.Attachment{attached(strings.Repeat("é", 1501), picture(t, 40))}
			},
			"an SVG": func(o *network.Outgoing) {
				o.Media = []network.Attachment{attached("A plan", []byte(`<svg onload="x()"/>`))}
			},
			"five pictures": func(o *network.Outgoing) {
				o.Media = slices.Repeat([]network.Attachment{attached("A plan", picture(t, 40))}, 5)
			},
			"501 characters": func(o *network.Outgoing) { o.Text = strings.Repeat("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 501) },
		} {
			out := answer("k1", p, "We come on Thursday")
			change(&out)
			_, err := c.Send(t.Context(), out)
			wantTrouble(t, err, network.Refused)
			var e *network.Error
			if !errors.As(err, &e) || e.Sentence == "" {
				t.Errorf("%s: %v has no sentence", name, err)
			}
		}
		out := answer("k1", p, strings.Repeat("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 500))
		send(t, c, out) // nothing of the above was kept under the key
	})
}

func TestPicturesGoBothWays(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		k, err := v.TakePicture(t.Context(), bytes.NewReader(picture(t, 900)), `C:\Lampân\Là.gif`)
		must(t, err)
		k.Alt = "A lamp"
		ref := v.say(t, practice.Saying{Citizen: mairi, Pictures: []practice.Picture{k}})
		events, _ := drain(t, c, "")
		media := events[0].Post.Media
		if len(media) != 1 || media[0].Alt != "A lamp" || media[0].Size == 0 {
			t.Fatalf("it came in with %+v", media)
		}
		if media[0].Filename != "Là.png" {
			t.Errorf("it is called %q", media[0].Filename)
		}
		opener := c.(network.Opener)
		body, size, err := opener.OpenMedia(t.Context(), media[0].URL)
		must(t, err)
		data, err := io.ReadAll(body)
		must(t, err)
		must(t, body.Close())
		if int64(len(data)) != size || blob.Sniff("", data).ContentType != media[0].ContentType {
			t.Errorf("%d bytes of %s, want %d of %s", len(data), blob.Sniff("", data).ContentType, size, media[0].ContentType)
		}
		for _, url := range []string{"", "practice:", media[0].URL + "1", "practice:" + string(ref) + "/-1", "practice:zzz/0", "https://example.org/" + string(ref) + "/0", string(ref) + "/0"} {
			_, _, err := opener.OpenMedia(t.Context(), url)
			wantTrouble(t, err, network.Missing)
		}
		must(t, v.Retract(t.Context(), mairi, ref))
		_, _, err = opener.OpenMedia(t.Context(), media[0].URL)
		wantTrouble(t, err, network.Missing)
	})
}

func TestWhatIsSetOnThePageIsWhatTheDeskMeets(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		v.say(t, practice.Saying{Citizen: mairi, Text: "The lamp is out"})
		events, _ := drain(t, c, "")
		for kind, want := range map[practice.FaultKind]network.Trouble{
			practice.Down: network.Unreachable, practice.Broken: network.Broken, practice.Revoked: network.Revoked,
		} {
			must(t, v.SetFault(t.Context(), practice.Fault{Kind: kind}))
			_, err := c.Fetch(t.Context(), "")
			wantTrouble(t, err, want)
			wantTrouble(t, c.(network.Deleter).Delete(t.Context(), "1"), want)
		}
		must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.Slow, Lasts: practice.MaxSlow}))
		_, err := c.Fetch(short(t), "")
		wantTrouble(t, err, network.Unreachable)

		must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.Limited, Lasts: time.Minute}))
		_, err = c.Check(t.Context())
		var limited *network.Error
		if !errors.As(err, &limited) || limited.Trouble != network.Limited || !limited.RetryAt.Equal(v.clock.Now().Add(time.Minute)) {
			t.Errorf("it is %v, want limited for a minute", err)
		}
		v.clock.Advance(time.Minute)
		_, err = c.Check(t.Context())
		must(t, err) // it ends by itself

		must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.Unconfirmed}))
		out := answer("k1", events[0].Post, "We come on Thursday")
		for range 3 {
			_, err := c.Send(t.Context(), out)
			wantTrouble(t, err, network.Unreachable)
			out.First = false
		}
		must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.None}))
		send(t, c, out)
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: mairi})
		must(t, err)
		if n := len(seen.Threads[0].Posts); n != 2 {
			t.Errorf("the thread has %d posts, want the question and one answer", n)
		}
		for _, wrong := range []practice.Fault{{}, {Kind: "fire"}, {Kind: practice.Slow}, {Kind: practice.Slow, Lasts: time.Hour}, {Kind: practice.Limited, Lasts: -1}} {
			if err := v.SetFault(t.Context(), wrong); !fault.Is(err, fault.Invalid) {
				t.Errorf("fault %+v is %v", wrong, err)
			}
		}
	})
}

func TestAFaultRingsTheDoorbell(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		_, cursor := drain(t, c, "")
		woken := make(chan error, 1)
		go func() { woken <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
		for {
			must(t, v.SetFault(t.Context(), practice.Fault{Kind: practice.Down}))
			select {
			case err := <-woken:
				must(t, err)
				return
			case <-time.After(10 * time.Millisecond): // it may not have been waiting yet
			}
		}
	})
}

func TestWritesOfANodeThatCannotBeHeardAreSeen(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		deaf := practice.New(practice.Options{DB: v.db, Hub: v.hub, Blobs: v.blobs, Photos: blob.NewPhotos(1), Now: v.clock.Now, PollEvery: 5 * time.Millisecond})
		c, err := deaf.Connect(network.Account{ID: 1})
		must(t, err)
		defer func() { must(t, c.Close()) }()
		_, cursor := drain(t, c, "")
		woken := make(chan error, 1)
		go func() { woken <- c.(network.Waiter).Wait(t.Context(), cursor, nil) }()
		other := newVillage(t, v.db, v.clock) // another hub
		other.say(t, practice.Saying{Citizen: mairi, Text: "Hello"})
		select {
		case err := <-woken:
			must(t, err)
		case <-time.After(10 * time.Second):
			t.Error("Wait has not returned")
		}
	})
}

func TestAHandleIsCheckedBeforeItIsConnected(t *testing.T) {
	p := practice.New(practice.Options{})
	for _, wrong := range []string{"two words", "ü", "-", strings.Repeat("a", 31), "a/b", "<b>"} {
		if _, err := p.Connect(network.Account{ID: 1, Options: map[string]string{"handle": wrong}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("handle %q is %v", wrong, err)
		}
	}
}

func TestAThreadIsShownAroundThePost(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		root := v.say(t, practice.Saying{Citizen: mairi, Text: "0"})
		refs := []network.Ref{root}
		for i := range 9 {
			refs = append(refs, v.say(t, practice.Saying{Citizen: callum, ReplyTo: root, Text: fmt.Sprint(i + 1)}))
		}
		for _, want := range []struct {
			at, limit int
			texts     string
		}{{0, 3, "012"}, {5, 3, "456"}, {5, 4, "4567"}, {9, 3, "789"}, {4, 1, "4"}, {4, 100, "0123456789"}, {0, 0, "0"}} {
			posts, err := c.(network.Threader).Thread(t.Context(), refs[want.at], want.limit)
			must(t, err)
			got := ""
			for _, p := range posts {
				got += p.Text
			}
			if got != want.texts {
				t.Errorf("%d around %d are %q, want %q", want.limit, want.at, got, want.texts)
			}
		}
	})
}
