package practice_test

import (
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/fault"
)

func TestANewCitizenGetsAHandleOfTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		for _, c := range []struct{ name, handle string }{
			{"Seonaidh Bàn", "seonaidh.ban"},
			{"Màiri NicLeòid", "mairi.nicleoid2"},
			{"màiri  nicleoid", "mairi.nicleoid3"},
			{"李小龍", "citizen"},
			{"\u202eevil\u202c\x00", "evil"},
			{strings.Repeat("x", 60), strings.Repeat("x", 24)},
		} {
			got, err := v.AddCitizen(t.Context(), c.name, "")
			must(t, err)
			if got.Handle != c.handle {
				t.Errorf("%q is @%s, want @%s", c.name, got.Handle, c.handle)
			}
		}
		for _, wrong := range []string{"", " \u200b ", strings.Repeat("x", 61)} {
			if _, err := v.AddCitizen(t.Context(), wrong, ""); !fault.Is(err, fault.Invalid) {
				t.Errorf("the name %q is %v", wrong, err)
			}
		}
		all, err := v.Citizens(t.Context())
		must(t, err)
		if len(all) != 8+6 || all[0].ID != mairi {
			t.Errorf("%d citizens, the first is %+v", len(all), all[0])
		}
	})
}

func TestHostileWordsAreMadeSafeAtTheDoor(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		c := v.connect(t, "council")
		for _, wrong := range []string{"", "\x00", "\u2066\u2069", strings.Repeat("a", 501), strings.Repeat("a", 1<<20), strings.Repeat("👩‍👩‍👧‍👦", 501)} {
			if _, err := v.Say(t.Context(), practice.Saying{Citizen: mairi, Text: wrong}); !fault.Is(err, fault.Invalid) {
				t.Errorf("%.20q is %v", wrong, err)
			}
		}
		ref := v.say(t, practice.Saying{Citizen: mairi, Text: "a\x00b \u202egnp.exe\u202c \xff <script>x</script> #Bins #Bins #Sneachd"})
		events, _ := drain(t, c, "")
		p := posts(events)[ref]
		if p.Text != "ab gnp.exe \uFFFD <script>x</script> #Bins #Bins #Sneachd" {
			t.Errorf("it is kept as %q", p.Text)
		}
		if strings.Join(p.Tags, " ") != "Bins Sneachd" {
			t.Errorf("its tags are %q", p.Tags)
		}
	})
}

func TestAFormSentTwiceIsOnePost(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		s := practice.Saying{Citizen: mairi, Text: "The lamp is out", Key: "abc"}
		if a, b := v.say(t, s), v.say(t, s); a != b {
			t.Errorf("it became %q and %q", a, b)
		}
		s.Citizen = callum
		v.say(t, s)
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: mairi})
		must(t, err)
		if len(seen.Threads) != 2 {
			t.Errorf("there are %d threads, want one of each citizen", len(seen.Threads))
		}
		s.Key = "not a key"
		if _, err := v.Say(t.Context(), s); !fault.Is(err, fault.Invalid) {
			t.Errorf("a strange key is %v", err)
		}
	})
}

func TestTheTimelineIsReadPageByPage(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		var refs []network.Ref
		for range 45 {
			refs = append(refs, v.say(t, practice.Saying{Citizen: mairi, Text: "One of many"}))
		}
		must(t, v.Retract(t.Context(), mairi, refs[44])) // nothing is left of it
		v.say(t, practice.Saying{Citizen: callum, ReplyTo: refs[43], Text: "Me too"})
		must(t, v.Retract(t.Context(), mairi, refs[43])) // an answer is
		var seen []network.Ref
		before := int64(0)
		for range 10 {
			page, err := v.Timeline(t.Context(), practice.View{Citizen: callum, Before: before})
			must(t, err)
			for _, thread := range page.Threads {
				seen = append(seen, thread.Ref)
			}
			if before = page.Older; before == 0 {
				break
			}
		}
		if len(seen) != 44 || seen[0] != refs[43] || seen[43] != refs[0] {
			t.Errorf("%d threads from %q to %q, want 44 from %q to %q", len(seen), seen[0], seen[len(seen)-1], refs[43], refs[0])
		}
	})
}

func TestALongThreadKeepsItsBeginningInTheTimeline(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		root := v.say(t, practice.Saying{Citizen: mairi, Text: "The beginning"})
		last := root
		for range 40 {
			last = v.say(t, practice.Saying{Citizen: callum, ReplyTo: last, Text: "And on"})
		}
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: mairi})
		must(t, err)
		thread := seen.Threads[0]
		if !thread.Cut || thread.Posts[0].Ref != root || thread.Posts[len(thread.Posts)-1].Ref != last || len(thread.Posts) > 35 {
			t.Errorf("%d posts, cut: %v", len(thread.Posts), thread.Cut)
		}
		seen, err = v.Timeline(t.Context(), practice.View{Citizen: mairi, Post: last})
		must(t, err)
		if len(seen.Threads[0].Posts) != 41 || seen.Threads[0].Cut {
			t.Errorf("alone it has %d posts", len(seen.Threads[0].Posts))
		}
	})
}

func TestMovedTellsWhatChangedAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		a := v.say(t, practice.Saying{Citizen: mairi, Text: "A"})
		v.say(t, practice.Saying{Citizen: mairi, Text: "B"})
		seen, err := v.Timeline(t.Context(), practice.View{Citizen: callum})
		must(t, err)
		v.say(t, practice.Saying{Citizen: callum, ReplyTo: a, Text: "A too"})
		v.say(t, practice.Saying{Citizen: mairi, Text: "A secret", Private: true})
		moved, err := v.Moved(t.Context(), callum, seen.Seq)
		must(t, err)
		if len(moved.Changed) != 1 || moved.Changed[0].Ref != a || len(moved.Changed[0].Posts) != 2 {
			t.Errorf("callum is told of %+v", moved.Changed)
		}
		again, err := v.Moved(t.Context(), callum, moved.Seq)
		must(t, err)
		if len(again.Changed) != 0 || again.Seq != moved.Seq {
			t.Errorf("and then of %+v", again)
		}
	})
}

func TestAPageThatMissedALotCatchesUp(t *testing.T) {
	each(t, func(t *testing.T, v *village) {
		for range 130 {
			v.say(t, practice.Saying{Citizen: mairi, Text: "One of many"})
		}
		told := map[network.Ref]bool{}
		after := int64(0)
		for range 5 {
			moved, err := v.Moved(t.Context(), callum, after)
			must(t, err)
			for _, thread := range moved.Changed {
				told[thread.Ref] = true
			}
			after = moved.Seq
		}
		if len(told) != 130 {
			t.Errorf("it is told of %d threads, want 130", len(told))
		}
	})
}
