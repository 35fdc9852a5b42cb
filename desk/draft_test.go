package desk

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

func TestADraftSurvivesAndGoesWhenItIsEmpty(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		calum := h.officer("Calum Reid")
		save := func(body string) {
			t.Helper()
			if err := h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: c.ID, Body: body, Visibility: "odd"}); err != nil {
				t.Fatal(err)
			}
		}
		save("On Tues")
		save("On Tuesday")
		d, err := h.DraftOf(t.Context(), h.admin.ID, c.ID)
		if err != nil || d.Body != "On Tuesday" || d.Visibility != "" || !d.UpdatedAt.Equal(h.clock.Now()) {
			t.Errorf("%+v, %v", d, err)
		}
		if d, _ := h.DraftOf(t.Context(), calum.ID, c.ID); d.Body != "" {
			t.Error("somebody else sees it")
		}
		save(" ")
		if d, _ := h.DraftOf(t.Context(), h.admin.ID, c.ID); d.Body != "" || !d.UpdatedAt.IsZero() {
			t.Errorf("%+v", d)
		}
		long := strings.Repeat("a", maxAnswer+1)
		wantFault(t, h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: c.ID, Body: long}), fault.Invalid, "too long")
		wantFault(t, h.SaveDraft(t.Context(), h.admin.ID, Draft{ConversationID: 1, Body: "x"}), fault.NotFound)
		_, err = h.Reply(t.Context(), h.admin, Reply{ConversationID: c.ID, Body: long, SeenID: c.LastID})
		wantFault(t, err, fault.Invalid, "too long")
	})
}

func TestOnlyFilesThatTheNetworkTakesAreAttached(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		calum := h.officer("Calum Reid")
		for name, c2 := range map[string]struct {
			body  []byte
			words string
		}{
			"empty.png":   {nil, "empty"},
			"letter.pdf":  {[]byte("%PDF-1.7\nHello"), "cannot be sent here"},
			"game.exe":    {[]byte("MZ\x90\x00"), "cannot be sent here"},
			"broken.png":  {picture(40, 30)[:60], "damaged"},
			"phone.heic":  {[]byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic"), "JPEG"},
			"vector.svg":  {[]byte("<svg xmlns='http://www.w3.org/2000/svg'/>"), "cannot be sent here"},
			"picture.png": {[]byte("#!/bin/sh\n"), "cannot be sent here"},
		} {
			_, err := h.Attach(t.Context(), h.admin.ID, c.ID, name, bytes.NewReader(c2.body))
			wantFault(t, err, fault.Invalid, c2.words)
			var f *fault.Error
			if !errors.As(err, &f) || f.Field != "file" {
				t.Errorf("%s: at the field %q", name, f.Field)
			}
		}
		var files []Media
		for i := range 4 {
			m, err := h.Attach(t.Context(), h.admin.ID, c.ID, fmt.Sprintf("../bin %d.png", i), bytes.NewReader(picture(40, 30+i)))
			if err != nil || !m.Picture() || m.Width != 40 || m.Filename != fmt.Sprintf("bin %d.jpg", i) || m.N != i {
				t.Fatalf("%+v, %v", m, err)
			}
			files = append(files, m)
		}
		_, err := h.Attach(t.Context(), h.admin.ID, c.ID, "fifth.png", bytes.NewReader(picture(40, 30)))
		wantFault(t, err, fault.Invalid, "4 files")
		wantFault(t, h.Describe(t.Context(), calum.ID, files[0].ID, "A bin"), fault.NotFound)
		wantFault(t, h.Describe(t.Context(), h.admin.ID, files[0].ID, strings.Repeat("a", 2001)), fault.Invalid, "too long")
		p, err := h.Preview(t.Context(), h.admin, c.ID, strings.Repeat("Part of a long answer. ", 12))
		if err != nil || len(p.Parts) < 3 || p.Limit != 100 || p.Count < 200 || !strings.Contains(p.Problem, "Describe the picture") {
			t.Errorf("%+v, %v", p, err)
		}
		if err := h.Detach(t.Context(), calum.ID, files[0].ID); err != nil {
			t.Fatal(err)
		}
		for _, m := range files {
			for range 2 {
				if err := h.Detach(t.Context(), h.admin.ID, m.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		if d, _ := h.DraftOf(t.Context(), h.admin.ID, c.ID); len(d.Media) != 0 || !d.UpdatedAt.IsZero() {
			t.Errorf("%+v", d)
		}
	})
}

func TestAnAccountsOwnLimitIsThatOfItsAnswers(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		c := h.asked()
		body := strings.TrimSpace(strings.Repeat("pothole ", 40))
		parts := func() int {
			t.Helper()
			_, rules, err := h.composeFor(t.Context(), c.ID)
			if err != nil {
				t.Fatal(err)
			}
			if own := h.connections.rulesOf(c.AccountID, network.Compose{}); own.Limit != rules.Limit {
				t.Errorf("without reading, the limit is %d, not %d", own.Limit, rules.Limit)
			}
			return len(cutAnswer(rules, body))
		}
		if n := parts(); n != 4 {
			t.Errorf("by the network's limit there are %d parts, want 4", n)
		}
		h.net.mu.Lock()
		h.net.Limit = 400 // the server was asked meanwhile
		h.net.mu.Unlock()
		if n := parts(); n != 1 {
			t.Errorf("by the account's limit there are %d parts, want 1", n)
		}
	})
}

func TestCuttingNumbersThePartsWithinTheLimit(t *testing.T) {
	compose := newToldNetwork().Describe().Compose
	for _, words := range []int{1, 10, 40, 200, 400} {
		whole := signed(strings.TrimSpace(strings.Repeat("pothole ", words)), "Mairi")
		parts := cutAnswer(compose, whole)
		for i, p := range parts {
			if n := compose.Count(p); n > compose.Limit {
				t.Errorf("%d words: part %d has %d characters", words, i, n)
			}
			if len(parts) > 1 && !strings.HasSuffix(p, fmt.Sprintf(" %d/%d", i+1, len(parts))) {
				t.Errorf("%d words: part %d is %q", words, i, p)
			}
		}
		joined := strings.Join(parts, " ")
		if got := strings.Count(joined, "pothole"); got != words || !strings.Contains(joined, "– Mairi") {
			t.Errorf("%d words became %d", words, got)
		}
	}
	if why := tooLong(compose, cutAnswer(compose, strings.Repeat("pothole ", 400))); !strings.Contains(why, "are the most") {
		t.Errorf("400 words: %q", why)
	}
}

func TestAPrivateMessageInAPublicThreadIsAnsweredInPrivate(t *testing.T) {
	compose := newToldNetwork().Describe().Compose
	for _, c := range []struct {
		conversation, answered network.Visibility
		want                   int
	}{
		{network.Public, network.Public, 2},
		{network.Public, network.Direct, 1},
		{network.Direct, network.Public, 1},
		{network.Public, "", 2},
	} {
		if got := visibilities(compose, c.conversation, c.answered); len(got) != c.want {
			t.Errorf("%s in %s: %v", c.answered, c.conversation, got)
		}
	}
	// An adapter that is wrong about it is not believed.
	compose.ReplyVisibility = func(network.Visibility) []network.Visibility {
		return []network.Visibility{network.Public, network.Direct}
	}
	if got := visibilities(compose, network.Direct, network.Direct); len(got) != 1 || got[0] != network.Direct {
		t.Errorf("%v", got)
	}
}
