package networktest

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

var (
	kindForm   = regexp.MustCompile(`^[a-z][a-z0-9]{1,31}$`)
	optionForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
)

func descriptionIsSane(t *testing.T, w *world) {
	d := w.Network.Describe()
	if !kindForm.MatchString(string(d.Kind)) {
		t.Errorf("Kind is %q, want a short word in lower case", d.Kind)
	}
	if d.Name == "" {
		t.Errorf("the network has no name")
	}
	checkSentence(t, "the summary", d.Summary)
	names, labels := map[string]bool{}, map[string]bool{}
	for _, o := range d.Options {
		switch {
		case !optionForm.MatchString(o.Name) || names[o.Name]:
			t.Errorf("option %q: want a name of its own in lower case", o.Name)
		case o.Label == "":
			t.Errorf("option %q has no label", o.Name)
		case labels[o.Label] || o.Label == "Name":
			t.Errorf("option %q is labelled %q, as another field of its form is", o.Name, o.Label) // each form asks for the account's name
		case strings.Contains(o.Label+o.Hint, "'"):
			t.Errorf("option %q says %q %q, want curly apostrophes", o.Name, o.Label, o.Hint)
		case o.Secret && o.Default != "":
			t.Errorf("option %q is secret and has a default", o.Name)
		case len(o.Choices) > 0 && o.Default != "" && !slices.Contains(o.Choices, o.Default):
			t.Errorf("option %q has a default that is none of its choices", o.Name)
		case o.Required && o.Advanced && o.Default == "":
			t.Errorf("option %q is required and hidden under “More settings”", o.Name)
		}
		names[o.Name], labels[o.Label] = true, true
	}
	c := w.connect(t)
	_, waits := c.(network.Waiter)
	if d.PollEvery <= 0 && !waits {
		t.Errorf("PollEvery is %v and the connection is no Waiter", d.PollEvery)
	}

	compose := d.Compose
	if compose.Count == nil || compose.Split == nil || compose.ReplyVisibility == nil {
		t.Fatalf("Count, Split or ReplyVisibility is nil")
	}
	if compose.Limit > 0 && compose.Unit == "" {
		t.Errorf("there is a limit of %d, and no unit", compose.Limit)
	}
	if len(compose.Visibilities) == 0 {
		t.Errorf("an answer can have no visibility")
	}
	for _, v := range compose.Visibilities {
		if !slices.Contains(visibilities, v) {
			t.Errorf("visibility %q is none that there is", v)
		}
	}
	for _, to := range visibilities {
		for _, v := range compose.ReplyVisibility(to) {
			if !slices.Contains(compose.Visibilities, v) {
				t.Errorf("an answer to a %s post may be %s, which no answer may be", to, v)
			}
			if to == network.Direct && v == network.Public {
				t.Errorf("a direct post may be answered in public")
			}
		}
	}
	if _, deletes := c.(network.Deleter); deletes != compose.CanDelete {
		t.Errorf("CanDelete is %v, but that the connection is a Deleter is %v", compose.CanDelete, deletes)
	}
	if compose.DeleteSays == "" {
		t.Errorf("DeleteSays does not say what taking back does here")
	} else {
		checkSentence(t, "DeleteSays", compose.DeleteSays)
	}
	if m := compose.Media; m.Max > 0 && (len(m.ContentTypes) == 0 || m.MaxBytes <= 0) {
		t.Errorf("media are allowed without types or without a size: %+v", m)
	}
}

// texts are such as have broken splitting somewhere.
func texts() []string {
	sentence := "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogoch is asking about the bins on Friday. "
	return []string{
		"", "Hello", strings.Repeat(sentence, 60),
		strings.Repeat("word ", 2000),
		strings.Repeat("Tha an rathad dùinte 🚧👩‍👩‍👧‍👦 an-diugh. ", 80),
		strings.Repeat("x", 3000),
		"See https://example.org/" + strings.Repeat("a", 400) + " for more. " + strings.Repeat(sentence, 10),
		strings.Repeat("🏴󠁧󠁢󠁳󠁣󠁴󠁿", 700),
		strings.Repeat("First paragraph.\n\nSecond paragraph, which is longer.\n\n", 60),
		strings.Repeat("道路は閉鎖されています。", 200),
	}
}

func textsAreSplit(t *testing.T, w *world) {
	c := w.Network.Describe().Compose
	for i, text := range texts() {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			parts := c.Split(text)
			if len(parts) == 0 {
				t.Fatalf("Split returns no part")
			}
			if fits := c.Limit == 0 || c.Count(text) <= c.Limit; fits && len(parts) != 1 {
				t.Errorf("a text of %d %s that fits is split into %d parts", c.Count(text), c.Unit, len(parts))
			}
			for j, part := range parts {
				if c.Limit > 0 && c.Count(part) > c.Limit {
					t.Errorf("part %d counts %d %s, over %d", j, c.Count(part), c.Unit, c.Limit)
				}
				if len(parts) > 1 && strings.TrimSpace(part) == "" {
					t.Errorf("part %d is empty", j)
				}
			}
			if got, want := visible(strings.Join(parts, "")), visible(text); got != want {
				t.Errorf("the parts together do not hold the text: %.80q, want %.80q", got, want)
			}
		})
	}
	if short, long := c.Count("a"), c.Count("a longer text"); short <= 0 || long <= short {
		t.Errorf("Count gives %d for one letter and %d for more", short, long)
	}
}

func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

func emptyFormIsRefused(t *testing.T, w *world) {
	required := slices.ContainsFunc(w.Network.Describe().Options, func(o network.Option) bool {
		return o.Required && o.Default == ""
	})
	if !required {
		doesNotApply(t, "this network requires nothing to be entered")
		return
	}
	_, err := w.Network.Connect(network.Account{ID: 1, Options: map[string]string{}})
	if !fault.Is(err, fault.Invalid) {
		if fields, ok := err.(fault.Fields); !ok || len(fields) == 0 {
			t.Fatalf("Connect with nothing entered returned %v, want fault.Fields", err)
		}
	}
	checkSentence(t, "Connect with nothing entered", fault.Sentence(firstOf(err)))
}

func firstOf(err error) error {
	if fields, ok := err.(fault.Fields); ok && len(fields) > 0 {
		return fields[0]
	}
	return err
}

func checkNamesTheAccount(t *testing.T, w *world) {
	c := w.connect(t)
	before := len(w.CitizenSees(t))
	check := func(ctx context.Context) (network.Identity, error) { return c.Check(ctx) }
	first, err := timed(t, calm, "Check", check)
	if err != nil {
		t.Fatalf("Check: %v", err)
	}
	if first.ID == "" {
		t.Errorf("Check returned %+v, want an ID", first)
	}
	again, err := timed(t, calm, "Check", check)
	if err != nil {
		t.Fatalf("Check again: %v", err)
	}
	if again.ID != first.ID {
		t.Errorf("Check returned ID %q, and then %q", first.ID, again.ID)
	}
	if after := len(w.CitizenSees(t)); after != before {
		t.Errorf("the citizen saw %d posts before Check and %d after it", before, after)
	}
}
