package practice

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// longWord is how many letters of a word stand in one line at most.
const longWord = 40

// piece is a part of a line: words, or a link.
type piece struct{ words, url string }

// paragraphs are a text's paragraphs, each of lines, each of pieces.
func paragraphs(body string) [][][]piece {
	var list [][][]piece
	for part := range strings.SplitSeq(body, "\n\n") {
		if strings.TrimSpace(part) == "" {
			continue
		}
		var lines [][]piece
		for line := range strings.SplitSeq(strings.Trim(part, "\n"), "\n") {
			lines = append(lines, pieces(line))
		}
		list = append(list, lines)
	}
	return list
}

func pieces(line string) []piece {
	var list []piece
	at := 0
	for _, link := range text.Links(line) {
		list = append(list, piece{words: line[at:link.Start]}, piece{words: line[link.Start:link.End], url: link.Value})
		at = link.End
	}
	return append(list, piece{words: line[at:]})
}

// tags say in words what is particular about a post.
func (s Said) tags() []ui.Tag {
	var list []ui.Tag
	if s.FromCouncil {
		list = append(list, ui.Tag{Label: "Council", Tone: ui.Accent})
	}
	switch s.Visibility {
	case network.Direct:
		tag := ui.Tag{Label: "Private", Tone: ui.Private, Icon: "lock", Title: "Only the council and one citizen can read this"}
		list = append(list, tag)
	case network.Followers:
		list = append(list, ui.Tag{Label: "Followers", Title: "On a real network only people who follow the council would see this"})
	case network.Unlisted:
		list = append(list, ui.Tag{Label: "Unlisted", Title: "On a real network this would not be in public lists"})
	}
	if !s.Edited.IsZero() && !s.Deleted {
		list = append(list, ui.Tag{Label: "Edited"})
	}
	return list
}

func (s Said) side() string {
	if s.FromCouncil {
		return ui.Out
	}
	return ui.In
}

// Size of a thumbnail on the page, so that nothing jumps when it has loaded.
func (k Picture) shown() (width, height string) {
	const side = 480
	w, h := max(k.Width, 1), max(k.Height, 1)
	if longer := max(w, h); longer > side {
		w, h = max(1, w*side/longer), max(1, h*side/longer)
	}
	return strconv.Itoa(w), strconv.Itoa(h)
}

func pictureURL(ref network.Ref, position int, size string) string {
	return fmt.Sprintf("%s/pictures/%s/%d/%s", home, ref, position, size)
}

// target is the post that the citizen answers in a thread: the last one by
// somebody else, or else their own last one. The zero Said is none.
func (t Thread) target() Said {
	var last, mine Said
	for _, s := range t.Posts {
		switch {
		case s.Deleted:
		case s.Mine:
			mine = s
		default:
			last = s
		}
	}
	if last.Ref == "" {
		return mine
	}
	return last
}

// mine reports whether the citizen takes part in a thread.
func (t Thread) mine() bool {
	for _, s := range t.Posts {
		if s.Mine {
			return true
		}
	}
	return false
}

// answering says whom a reply answers, and who can read it.
func answering(s Said) string {
	whom := "Replying to " + amid(s.Name)
	if s.Mine {
		whom = "Adding to your post"
	}
	if s.Visibility == network.Direct {
		return whom + ", in private"
	}
	return whom + ", in public"
}

// heading names a thread for screen readers.
func (t Thread) heading() string {
	first := t.Posts[0]
	if first.Deleted {
		return "Deleted post by " + first.Name
	}
	return first.Name + ": " + text.Excerpt(first.Text, 60)
}

// account is whom the citizen writes to unless they choose: the one account
// there is, or the first.
func (pg page) account() account {
	if len(pg.Accounts) == 0 {
		return account{name: defaultName}
	}
	for _, a := range pg.Accounts {
		if a.handle == pg.Compose.Value("to") {
			return a
		}
	}
	return pg.Accounts[0]
}

// intro says what the page is for.
func (pg page) intro() string {
	const what = "A small social network inside Mercat: nothing on it reaches the public. "
	if !pg.Writes {
		return what + "Colleagues write here as citizens and answer at the desk, to learn and to try things out."
	}
	return what + "Write here as a citizen, answer at the desk in another tab, and the answer appears here at once."
}

// whose is the heading above the citizen as whom one looks.
func (pg page) whose() string {
	if !pg.Writes {
		return "What " + pg.As.Name + " sees"
	}
	return "You are " + pg.As.Name
}

// change leads to the other citizens.
func (pg page) change() string {
	if !pg.Writes {
		return "See what somebody else sees"
	}
	return "Be somebody else"
}

// invitation stands where there are no posts yet.
func (pg page) invitation() string {
	if !pg.Writes {
		return "What colleagues write here as citizens comes in at the desk."
	}
	return "Write the first post. It comes in at the desk within a second or two."
}

// writeTo is the heading of the composer.
func (pg page) writeTo() string {
	return "Write to " + amid(pg.account().name)
}

// amid is a name amid a sentence.
func amid(name string) string {
	if name == defaultName {
		return "the council"
	}
	return name
}

func (pg page) accountOptions() []ui.Option {
	var list []ui.Option
	for _, a := range pg.Accounts {
		list = append(list, ui.Option{Value: a.handle, Label: a.name + " (@" + a.handle + ")"})
	}
	return list
}

func (pg page) reach() string { return cmp.Or(pg.Compose.Value("reach"), "public") }

// words say what a fault is, for the banner.
func (f Fault) words(zone *time.Location) (title, what string) {
	switch f.Kind {
	case Slow:
		return "The network is slow", "Each thing the desk asks of it takes " + ui.For(f.Lasts) + " longer."
	case Down:
		return "The network is down", "The desk can neither read nor send. What people write here waits."
	case Limited:
		return "The network refuses requests", "It tells the desk to ask again at " + f.Until().In(zone).Format("15:04:05") + ", when this ends by itself."
	case Broken:
		return "The network has an error of its own", "The desk gets an error for everything that it asks."
	case Revoked:
		return "The council’s sign-in was revoked", "The desk stops and tells an administrator, who connects the account again once all is well."
	case Unconfirmed:
		return "Confirmations get lost", "What the desk sends arrives here, but the desk is not told. It asks again, and nothing may appear twice."
	}
	return "", ""
}

func faultOptions() []ui.Option {
	return []ui.Option{
		{Value: string(Slow), Label: "Slow", Hint: "Each call takes longer, by the seconds below"},
		{Value: string(Down), Label: "Down", Hint: "Nobody answers"},
		{Value: string(Limited), Label: "Rate limited", Hint: "Too many requests, for the seconds below"},
		{Value: string(Broken), Label: "Broken", Hint: "An error of its own, as a 500"},
		{Value: string(Unconfirmed), Label: "Confirmations lost", Hint: "Sending works, and does not say so"},
		{Value: string(Revoked), Label: "Sign-in revoked", Hint: "Until an administrator connects the account again"},
	}
}

// replyTo is what was typed into a thread's reply, when something was wrong
// with it.
func (pg page) replyTo(t Thread) *web.Form {
	if pg.Answers != t.Ref {
		return nil
	}
	return pg.Reply
}
