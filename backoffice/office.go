package backoffice

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/open311"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// OfficeState is whether cases are handed to a back office.
type OfficeState string

const (
	Active OfficeState = "active"
	Paused OfficeState = "paused" // cases wait for it
	Ended  OfficeState = "ended"
)

// Office is another system in which the work is done.
type Office struct {
	ID           int64
	Name         string // "Lagan CRM"
	URL          string // of its endpoint, without a slash at the end: "https://crm.example/open311/v2"
	Jurisdiction string // "" for none
	Format       open311.Format
	Person       bool    // the person's name goes with a request
	HasKey       bool    // an API key is kept
	Routes       []Route // of which services
	State        OfficeState
	PulledTo     time.Time
	PulledAt     time.Time
	Skew         time.Duration // by which its clock is ahead of ours
	LastOK       time.Time
	Trouble      string // of the last call; "" when all is well
	TroubleSince time.Time
	CreatedAt    time.Time
	Version      int64

	key []byte // sealed
}

// Route is a service that a back office gives, and what it calls it.
type Route struct {
	ServiceID int64
	Code      string
}

const (
	maxOffices = 20
	maxName    = 80
	maxURL     = 1_000
	maxCode    = 100
	maxKey     = 500
)

// Subject is the office as a thing that something happens to.
func (o Office) Subject() record.Subject { return record.Subject{Kind: "backoffice", ID: o.ID} }

// Actor is the office as the record names it.
func (o Office) Actor() record.Actor { return record.Mercat(o.Name) }

func (o Office) facts() map[string]any {
	return map[string]any{"name": o.Name, "host": o.Host(), "jurisdiction": o.Jurisdiction, "format": o.Format, "person": o.Person, "services": len(o.Routes), "state": o.State}
}

// Host is where it is.
func (o Office) Host() string {
	u, err := url.Parse(o.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// clean makes an office as entered fit to be kept, or says what is wrong.
func (o Office) clean() (Office, error) {
	var wrong fault.Fields
	var cut bool
	if o.Name, cut = text.CleanLine(o.Name, maxName); o.Name == "" || cut {
		wrong.Add("name", fmt.Sprintf("Say what it is called in %d characters or fewer, such as Lagan CRM.", maxName))
	}
	o.URL = strings.TrimRight(strings.TrimSpace(o.URL), "/")
	for _, end := range []string{"/services.xml", "/services.json", "/requests.xml", "/requests.json"} {
		o.URL = strings.TrimSuffix(o.URL, end)
	}
	u, err := url.Parse(o.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(o.URL) > maxURL:
		wrong.Add("url", "Enter the address of its endpoint, such as https://crm.example.org/open311/v2: services.xml follows it.")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		wrong.Add("url", "Leave names, passwords and what follows a ? or # out of the address.")
	}
	o.Jurisdiction, _ = text.CleanLine(o.Jurisdiction, maxCode)
	if o.Format != open311.JSON {
		o.Format = open311.XML
	}
	return o, wrong.Err()
}

// address is one of its documents.
func (o Office) address(path string, v url.Values) string {
	if v == nil {
		v = url.Values{}
	}
	if o.Jurisdiction != "" {
		v.Set("jurisdiction_id", o.Jurisdiction)
	}
	address := o.URL + "/" + path + "." + string(o.Format)
	if len(v) > 0 {
		address += "?" + v.Encode()
	}
	return address
}

// readRoutes reads lines such as “potholes = 001”: a service by its code or name,
// and what the office calls it.
func readRoutes(lines string, snapshot *directory.Snapshot) ([]Route, error) {
	var routes []Route
	for line := range strings.Lines(lines) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		ours, theirs, ok := strings.Cut(line, "=")
		ours, theirs = strings.TrimSpace(ours), strings.TrimSpace(theirs)
		if !ok || theirs == "" || len(theirs) > maxCode {
			return nil, fault.Field("routes", "“"+text.Excerpt(line, 60)+"” is not a line such as potholes = 001: our code, and theirs.")
		}
		service, found := snapshot.ServiceByCode(ours)
		for _, s := range snapshot.Services() {
			if !found && strings.EqualFold(s.Name, ours) {
				service, found = s, true
			}
		}
		if !found {
			return nil, fault.Field("routes", "There is no service with the code “"+text.Excerpt(ours, 60)+"”. Look in the list of services.")
		}
		if slices.ContainsFunc(routes, func(r Route) bool { return r.ServiceID == service.ID }) {
			return nil, fault.Field("routes", service.Name+" stands there twice. A case goes to one place.")
		}
		routes = append(routes, Route{service.ID, theirs})
	}
	return routes, nil
}

// writeRoutes is the inverse of readRoutes.
func writeRoutes(routes []Route, snapshot *directory.Snapshot) string {
	var lines []string
	for _, r := range routes {
		if service, ok := snapshot.Service(r.ServiceID); ok {
			lines = append(lines, service.Code+" = "+r.Code)
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// moving is what the word of a back office makes of a case; ok is false when it
// makes nothing of it.
func moving(status string, c casework.Case) (m casework.Moving, ok bool) {
	switch strings.ToUpper(strings.NewReplacer(" ", "_", "-", "_").Replace(strings.TrimSpace(status))) {
	case "FIXED", "FIXED_COUNCIL", "RESOLVED", "COMPLETED", "COMPLETE", "DONE":
		m = casework.Moving{To: casework.Done, Reason: casework.Fixed}
	case "NO_FURTHER_ACTION", "UNABLE_TO_FIX":
		m = casework.Moving{To: casework.Done, Reason: casework.BelowStandard}
	case "NOT_COUNCILS_RESPONSIBILITY", "NOT_RESPONSIBLE":
		m = casework.Moving{To: casework.NotOurs, Whose: "somebody else"}
	case "CLOSED", "CLOSE", "DUPLICATE", "ARCHIVED": // of which we learn no more than that
		m = casework.Moving{To: casework.Done}
	case "IN_PROGRESS":
		m = casework.Moving{To: casework.InProgress}
	case "INVESTIGATING", "PLANNED", "ACTION_SCHEDULED", "ACKNOWLEDGED":
		if c.State != casework.Received && !c.State.Ended() {
			return m, false
		}
		m = casework.Moving{To: casework.Accepted}
	case "OPEN", "REOPENED", "CONFIRMED":
		if !c.State.Ended() {
			return m, false
		}
		if m = (casework.Moving{To: casework.Accepted}); !c.State.May(m.To) {
			m.To = casework.Received
		}
	default:
		return m, false
	}
	return m, c.State != m.To && c.State.May(m.To)
}
