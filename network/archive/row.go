package archive

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
)

// row is one row of a table: the value of a column by its name.
type row func(name string) string

func (v row) fill(template string) string { return strings.TrimSpace(fill(template, v)) }

func (v row) first(list templates) string {
	for _, t := range list {
		if s := v.fill(t); s != "" {
			return s
		}
	}
	return ""
}

func (v row) is(c Choice) bool {
	if c.Of == "" {
		return false
	}
	value := v.fill(c.Of)
	return slices.ContainsFunc(c.Is, func(s string) bool { return strings.EqualFold(s, value) })
}

// item makes a post of a row.
func (m *Mapping) item(v row, place string, now time.Time) Item {
	wrong := func(format string, args ...any) Item { return Item{Place: place, Wrong: fmt.Sprintf(format, args...)} }
	ref := v.fill(m.Ref)
	if ref == "" {
		return wrong("It has no number of its own (ref).")
	}
	at, ok := m.time(v.fill(m.At))
	if !ok {
		return wrong("Its date cannot be read: %q.", clip(v.fill(m.At)))
	}
	if !sane(at, now) {
		return wrong("%s", wrongDate(at))
	}
	p := &network.Post{
		Ref: network.Ref(ref), Thread: network.Ref(v.fill(m.Thread)), ReplyTo: network.Ref(v.fill(m.ReplyTo)),
		Visibility: network.Visibility(m.Visibility), Subject: v.first(m.Subject), Text: v.first(m.Text),
		Language: v.fill(m.Language), URL: v.fill(m.URL), At: at, FromUs: v.is(m.Out),
		Author: network.Identity{ID: v.fill(m.AuthorID), Handle: v.fill(m.Handle), Name: v.first(m.Author)},
	}
	if p.Author.ID == "" {
		// Nothing joins two people but an officer's decision: rows whose author is
		// not told are people of their own.
		p.Author.ID = cmp.Or(p.Author.Handle, "row "+ref)
		p.Author.Name = cmp.Or(p.Author.Name, "Anonymous")
	}
	out := Item{Place: place, Post: p}
	if p.FromUs {
		out.To = network.Identity{ID: v.fill(m.ToID), Name: v.first(m.To)}
	}
	m.place(v, p)
	for _, f := range m.Fields {
		if answer := v.fill(f.Answer); answer != "" {
			p.Fields = append(p.Fields, network.Field{Code: "imported", Question: f.Question, Answer: answer})
		}
	}
	if p.Text == "" && p.Subject == "" {
		return wrong("It has no words.")
	}
	if m.Case != nil {
		out.Case = m.Case.of(m, v, p, now)
	}
	return out
}

// time reads a time in one of the forms of the table.
func (m *Mapping) time(s string) (time.Time, bool) {
	for _, form := range m.Times {
		if form == "unix" {
			if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 0 && n < 1<<33 {
				return time.Unix(n, 0).UTC(), true
			}
			continue
		}
		if t, err := time.ParseInLocation(form, s, m.zone); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

func (m *Mapping) place(v row, p *network.Post) {
	lat, okLat := degrees(v.fill(m.Lat), 90)
	lon, okLon := degrees(v.fill(m.Lon), 180)
	label := v.first(m.Place)
	if !okLat || !okLon {
		lat, lon = 0, 0
	}
	if label != "" || lat != 0 || lon != 0 {
		p.Place = &network.Place{Lat: lat, Lon: lon, Label: label, Given: true}
	}
}

func degrees(s string, most float64) (float64, bool) {
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil && math.Abs(f) <= most // false for NaN
}

// of says what became of a request; without a state when it had not ended.
func (c *CaseMapping) of(m *Mapping, v row, p *network.Post, now time.Time) *Case {
	k := &Case{Words: cmp.Or(v.first(c.Words), p.Text, p.Subject)}
	switch {
	case v.is(c.Done):
		k.State = "done"
	case v.is(c.NotOurs):
		k.State = "not_ours"
	case v.is(c.Open):
		k.State = StateOpen
	}
	k.Asset, k.Reason = v.fill(c.Asset), c.reason(v)
	if ended, ok := m.time(v.fill(c.Ended)); ok && sane(ended, now) && !ended.Before(p.At) {
		k.Ended = ended
	}
	k.Service = c.folded[strings.ToLower(v.fill(c.Service))]
	return k
}

// StateOpen is the state of a request on which something is still to be done.
const StateOpen = "open"

// reason is what Mercat calls the reason of a row: other programs put a remark
// behind it, so the longest beginning counts.
func (c *CaseMapping) reason(v row) string {
	value, best, reason := strings.ToLower(v.fill(c.Reason)), -1, ""
	for begins, name := range c.Reasons {
		if len(begins) > best && strings.HasPrefix(value, strings.ToLower(begins)) {
			best, reason = len(begins), name
		}
	}
	return reason
}

// clip bounds what of a value is shown to people.
func clip(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
