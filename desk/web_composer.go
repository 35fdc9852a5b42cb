package desk

import (
	"context"
	"slices"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// composeView is the box in which one answers.
type composeView struct {
	draft    Draft
	as       string // who will read it: a visibility, or "note"
	ways     []way  // who could read it, the usual first
	limits   network.MediaLimits
	subject  bool
	warning  bool
	written  bool   // nothing is sent: what the person was told is written down
	conflict string // what others did meanwhile; the text waits for a decision
	newer    []Message
	problems map[string]string
	seen     int64
}

// way is one answer to "who will read this".
type way struct {
	value, label, says, icon string
}

// asNote is the way that no citizen sees.
const asNote = "note"

// composer reads what an officer was writing in a conversation.
func (s *Service) composer(ctx context.Context, p paneView) (composeView, error) {
	d, err := s.DraftOf(ctx, p.me.ID, p.whole.ID)
	if err != nil {
		return composeView{}, err
	}
	rules := p.networks[p.whole.Network].Compose
	if _, d, err := s.connections.of(ctx, p.whole.AccountID); err == nil {
		rules = d.Compose // an account may have rules of its own
	}
	c := composeView{draft: d, limits: rules.Media, subject: rules.Subject, warning: rules.Warning, written: rules.WrittenDown != "", seen: p.whole.LastID, ways: p.ways(rules)}
	c.as = c.ways[0].value
	if d.Noting {
		c.as = asNote
	} else if slices.ContainsFunc(c.ways, func(w way) bool { return w.value == string(d.Visibility) }) {
		c.as = string(d.Visibility)
	}
	return c, nil
}

// ways are who an answer here could be for. The conversation's visibility is
// that of the citizen's last message.
func (p paneView) ways(rules network.Compose) []way {
	allowed := rules.Visibilities
	if rules.ReplyVisibility != nil {
		allowed = rules.ReplyVisibility(p.whole.Visibility)
	}
	if len(allowed) == 0 {
		allowed = []network.Visibility{p.whole.Visibility}
	}
	var list []way
	for _, v := range allowed {
		if rules.WrittenDown != "" {
			list = append(list, way{string(v), "What we told them", rules.WrittenDown, "phone"})
			continue
		}
		list = append(list, p.way(v))
	}
	return append(list, way{asNote, "Note", "Only colleagues read this. Write @ and a name to tell somebody.", "note"})
}

func (p paneView) way(v network.Visibility) way {
	name := p.network(p.whole.Network)
	switch v {
	case network.Public:
		return way{string(v), "Reply in public", "Anybody on " + name + " can read this. It goes out as " + p.account() + ".", "eye"}
	case network.Unlisted:
		return way{string(v), "Not in lists", "Anybody who has the address can read this; it stands in no public list.", "eye"}
	case network.Followers:
		return way{string(v), "To followers", "The followers of " + p.account() + " can read this.", "team"}
	}
	return way{string(v), "Reply privately", "Only " + p.whole.Who + " reads this, on " + name + ".", "lock"}
}

func (c composeView) problem(field string) string { return c.problems[field] }

// sendLabel is what the button says.
func (c composeView) sendLabel() string {
	if c.written {
		return "Write it down"
	}
	return "Send reply"
}

func (c composeView) sendAndCloseLabel() string {
	if c.written {
		return "Write it down and close"
	}
	return "Send and close"
}

func (c composeView) subjectValue(p paneView) string {
	if c.draft.Subject != "" {
		return c.draft.Subject
	}
	return p.whole.Subject
}

// warningValue is what hides the answer: as the draft has it or, before anything
// was written, as the author hid theirs, which is the custom there.
func (c composeView) warningValue(p paneView) string {
	if c.draft.Warning != "" || !c.draft.UpdatedAt.IsZero() {
		return c.draft.Warning
	}
	for _, m := range slices.Backward(p.whole.Messages) {
		if m.Direction == In {
			return m.Warning
		}
	}
	return ""
}

// focusOf is a point in the form's words.
func focusOf(f Media) string {
	for _, o := range focusOptions() {
		if x, y, _ := focusAt(o.Value); x == f.FocusX && y == f.FocusY {
			return o.Value
		}
	}
	return "middle"
}

func focusOptions() []ui.Option {
	return []ui.Option{{Value: "middle", Label: "The middle"}, {Value: "top", Label: "The top"}, {Value: "bottom", Label: "The bottom"},
		{Value: "left", Label: "The left"}, {Value: "right", Label: "The right"}, {Value: "top-left", Label: "Top left"}, {Value: "top-right", Label: "Top right"},
		{Value: "bottom-left", Label: "Bottom left"}, {Value: "bottom-right", Label: "Bottom right"}}
}

// focusAt is where something is in a picture.
func focusAt(where string) (x, y float64, ok bool) {
	const side = 0.7
	for _, word := range strings.Split(where, "-") {
		switch word {
		case "middle":
		case "top":
			y = side
		case "bottom":
			y = -side
		case "left":
			x = -side
		case "right":
			x = side
		default:
			return 0, 0, false
		}
	}
	return x, y, true
}

// takesFiles reports whether the network takes any.
func (c composeView) takesFiles() bool { return c.limits.Max > 0 }

func (c composeView) accept() string { return strings.Join(c.limits.ContentTypes, ",") }

func (c composeView) filesHint() string {
	hint := "Up to " + ui.Count(c.limits.Max, "file", "files")
	if c.limits.MaxBytes > 0 {
		hint += ", " + ui.Bytes(c.limits.MaxBytes) + " each"
	}
	return hint
}

// draftOf reads what the form holds: the answer, and the note beside it.
func draftOf(f *web.Form, conversation int64) (Draft, error) {
	reply, as := replyOf(f, conversation)
	d := Draft{ConversationID: conversation, Body: reply.Body, Subject: reply.Subject, Warning: reply.Warning, Note: f.Exact("note"), Noting: as == asNote}
	if !d.Noting {
		d.Visibility = reply.Visibility
	}
	return d, f.Err()
}

// replyOf reads the reply form.
func replyOf(f *web.Form, conversation int64) (r Reply, as string) {
	as = f.Value("as")
	r = Reply{
		ConversationID: conversation, Body: f.Exact("body"), Subject: f.Text("subject"), Warning: f.Text("warning"), Anyway: f.Ticked("anyway"),
		Then: f.Value("then"), Visibility: network.Visibility(as),
	}
	if r.Then == "close" {
		r.Reason = "Answered"
	}
	return r, as
}
