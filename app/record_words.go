package app

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// actWords says an act in words: "desk.conversation.assigned" is "conversation
// assigned". The room is left out: people know where a conversation is.
func actWords(act string) string {
	if _, rest, ok := strings.Cut(act, "."); ok {
		act = rest
	}
	return strings.NewReplacer(".", " ", "_", " ").Replace(act)
}

// actorWords says who did it: a person by name, the program with the part of
// it.
func actorWords(a record.Actor) string {
	switch {
	case a.Kind == record.Program && a.ID != 0:
		return a.Name + " (by API key)"
	case a.Kind == record.Program:
		return "Mercat, " + a.Name
	}
	return a.Name
}

// names are how people call what entries are about.
type names struct {
	roster    *staff.Roster
	directory *directory.Snapshot
	accounts  map[int64]string
}

func (a *App) namesTx(ctx context.Context, tx *db.Tx) (names, error) {
	n := names{accounts: map[int64]string{}}
	var err error
	if n.roster, err = a.staff.RosterTx(ctx, tx); err != nil {
		return n, err
	}
	if n.directory, err = a.directory.SnapshotTx(ctx, tx); err != nil {
		return n, err
	}
	accounts, err := a.desk.AccountsTx(ctx, tx)
	for _, account := range accounts {
		n.accounts[account.ID] = account.Name
	}
	return n, err
}

// of names a subject. What has no name, or has lost it, is called by its kind
// and number.
func (n names) of(s record.Subject) string {
	name := ""
	switch s.Kind {
	case "officer":
		name = n.roster.Name(s.ID)
	case "team":
		if t, ok := n.roster.Team(s.ID); ok {
			name = t.Name
		}
	case "service":
		name = n.directory.ServiceName(s.ID)
	case "account":
		name = n.accounts[s.ID]
	case "council", "gazetteer":
		return "the " + s.Kind // there is one
	}
	kind := strings.ReplaceAll(s.Kind, "_", " ")
	if name == "" {
		return kind + " " + strconv.FormatInt(s.ID, 10)
	}
	if s.Kind == "officer" {
		return name
	}
	return kind + " " + name
}

// subjectURL is where the subject has a page, or "".
func subjectURL(s record.Subject) string {
	id := strconv.FormatInt(s.ID, 10)
	switch s.Kind {
	case "conversation":
		return "/desk/" + id
	case "case":
		return "/cases/" + id
	}
	return ""
}

// change is one fact that an entry changed.
type change struct{ Key, Before, After string }

// changes compares what was before with what is after, fact by fact. What is no
// object is one fact without a name.
func changes(k record.Kept) []change {
	before, after := facts(k.Before), facts(k.After)
	keys := slices.Collect(maps.Keys(after))
	for key := range before {
		if _, ok := after[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	var list []change
	for _, key := range keys {
		if before[key] != after[key] {
			list = append(list, change{Key: strings.ReplaceAll(key, "_", " "), Before: before[key], After: after[key]})
		}
	}
	return list
}

func facts(raw json.RawMessage) map[string]string {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber() // ids do not fit into a float
	var v any
	if err := d.Decode(&v); err != nil || v == nil {
		return nil
	}
	object, ok := v.(map[string]any)
	if !ok {
		return map[string]string{"": factText(v)}
	}
	texts := make(map[string]string, len(object))
	for key, value := range object {
		texts[key] = factText(value)
	}
	return texts
}

func factText(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "yes"
		}
		return "no"
	}
	text, err := json.Marshal(v)
	if err != nil { // it came from JSON
		return fmt.Sprint(v)
	}
	return string(text)
}

func progressWords(done, of int64) string {
	if of == 0 {
		return "Reading the record"
	}
	return fmt.Sprintf("%s of %s read", web.Number(done), web.Count(int(of), "entry", "entries"))
}

func wholeWords(r record.Report) string {
	return fmt.Sprintf("All %s follow from each other.", web.Count(int(r.Entries), "entry", "entries"))
}

func brokenWords(r record.Report) string {
	return fmt.Sprintf("At entry %s: %s. The %s before it are whole.", web.Number(r.Broken), r.Why, web.Count(int(r.Broken-1), "entry", "entries"))
}

func or(text, otherwise string) string { return cmp.Or(text, otherwise) }
