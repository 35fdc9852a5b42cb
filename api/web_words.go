package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

// rows are what is known of an event on its way.
func (p deliveryPage) rows(zone *time.Location) []ui.Row {
	rows := []ui.Row{
		{Key: "State", Part: deliveryState(p.Delivery)},
		{Key: "Number", Value: strconv.FormatInt(p.Event.Number, 10)},
		{Key: "Happened", Value: ui.Exact(p.Event.At, zone)},
		{Key: "Tries", Value: strconv.FormatInt(p.Attempts, 10)},
	}
	if !p.TriedAt.IsZero() {
		rows = append(rows, ui.Row{Key: "Last try", Value: fmt.Sprintf("%s, %d ms", ui.Exact(p.TriedAt, zone), p.Took.Milliseconds())})
	}
	if p.State == Waiting {
		rows = append(rows, ui.Row{Key: "Next try", Value: ui.Exact(p.NextAt, zone)})
	}
	if p.Status != 0 {
		rows = append(rows, ui.Row{Key: "Status", Value: strconv.FormatInt(p.Status, 10)})
	}
	if p.Trouble != "" {
		rows = append(rows, ui.Row{Key: "Trouble", Value: p.Trouble})
	}
	return rows
}

// silence says why there is no answer to show.
func (p deliveryPage) silence() string {
	if p.Status == 0 {
		return "Nothing: there was no answer."
	}
	return "A status, and nothing else."
}

// indented is JSON for people to read.
func indented(body string) string {
	var out bytes.Buffer
	if err := json.Indent(&out, []byte(body), "", "  "); err != nil {
		return body
	}
	return out.String()
}

func (d Imported) tone() ui.Tone {
	if d.Wrong > 0 {
		return ui.Warn
	}
	return ui.Good
}

func (d Imported) title() string {
	if d.Rehear {
		return "This is what would come of it. Nothing is kept yet"
	}
	return "The table is in"
}

func (d Imported) text() string {
	made := "made"
	if d.Rehear {
		made = "to be made"
	}
	one, many := "case", "cases"
	switch d.Table {
	case PeopleTable:
		one, many = "person", "people"
	case ContactsTable:
		one, many = "contact", "contacts"
	}
	return fmt.Sprintf("%s: %s %s, %d there already, %d wrong.", web.Count(d.Rows, "row", "rows"), web.Count(d.Made, one, many), made, d.Known, d.Wrong)
}

// comesIn is what bringing a table in is called.
func (t Table) comesIn() string {
	switch t {
	case PeopleTable:
		return "Bring people in"
	case ContactsTable:
		return "Write contacts down"
	}
	return "Make cases of a table"
}

// comesInAs says what its rows become.
func (t Table) comesInAs() string {
	switch t {
	case PeopleTable:
		return "Each row becomes a person, with a number, addresses and where they live. They are joined with nobody: that two are one is for you to say."
	case ContactsTable:
		return "Each row becomes a call, visit or letter that was written down, of the last year. Nothing is sent."
	}
	return "Each row becomes an open case in its team’s queue."
}
