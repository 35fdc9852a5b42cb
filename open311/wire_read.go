package open311

import (
	"cmp"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
	"time"
)

// How long foreign values are kept, in characters.
const (
	maxName        = 500
	maxDescription = 20_000
	maxURL         = 2_000
)

// read yields what each entry of a document means.
func read[T any](r io.Reader, list, entry string, mean func(*tree) T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for t, err := range entries(r, list, entry) {
			if err == nil && t.trouble() {
				continue
			}
			var one T
			if err == nil {
				one = mean(&t)
			}
			if !yield(one, err) || err != nil {
				return
			}
		}
	}
}

// trouble reports whether an entry is an error where something else was asked
// for, as servers send it with status 200.
func (t *tree) trouble() bool {
	return t.name == "error" || t.has("code") && t.has("description") && len(t.inner) == 2
}

// ReadServices reads a service list.
func ReadServices(r io.Reader) iter.Seq2[Service, error] {
	return read(r, "services", "service", func(t *tree) Service {
		return Service{
			Code: t.line("service_code", maxName), Name: t.line("service_name", maxName), Description: t.block("description", maxDescription),
			Metadata: truth(t.line("metadata", 10)), Type: cmp.Or(strings.ToLower(t.line("type", 20)), "realtime"),
			Keywords: t.line("keywords", maxDescription), Group: t.line("group", maxName),
		}
	})
}

// ReadDefinition reads what has to be asked about a service.
func ReadDefinition(r io.Reader) (Definition, error) {
	for t, err := range entries(r, "service_definitions", "service_definition") {
		if err != nil {
			return Definition{}, err
		}
		d := Definition{Code: t.line("service_code", maxName)}
		for _, a := range t.list("attributes", "attribute") {
			d.Attributes = append(d.Attributes, readAttribute(&a))
		}
		return d, nil
	}
	return Definition{}, errNoData
}

func readAttribute(t *tree) Attribute {
	a := Attribute{
		Variable: truth(cmp.Or(t.line("variable", 10), "true")), Code: t.line("code", maxName), Datatype: strings.ToLower(t.line("datatype", 40)),
		Required: truth(t.line("required", 10)), DatatypeDescription: t.line("datatype_description", maxName), Description: t.line("description", maxName),
	}
	a.Order, _ = strconv.ParseInt(t.line("order", 20), 10, 64) // one without is the first
	for _, v := range t.list("values", "value") {
		key := v.line("key", maxName)
		a.Values = append(a.Values, Value{Key: key, Name: cmp.Or(v.line("name", maxName), key)})
	}
	return a
}

// ReadRequests reads service requests as they come. Dates without a zone are
// read in the one given.
func ReadRequests(r io.Reader, zone *time.Location) iter.Seq2[Request, error] {
	return read(r, "service_requests", "request", func(t *tree) Request { return readRequest(t, zone) })
}

func readRequest(t *tree, zone *time.Location) Request {
	r := Request{
		ID: t.line("service_request_id", maxName), Token: t.line("token", maxName), RawStatus: t.line("status", maxName),
		StatusNotes: t.block("status_notes", maxDescription), ServiceName: t.line("service_name", maxName), ServiceCode: t.line("service_code", maxName),
		Description: t.block("description", maxDescription), AgencyResponsible: t.line("agency_responsible", maxName),
		ServiceNotice: t.block("service_notice", maxDescription), Address: t.line("address", maxName), AddressID: t.line("address_id", maxName),
		Zipcode: t.line("zipcode", maxName), MediaURL: t.line("media_url", maxURL),
	}
	r.Status = statusOf(r.RawStatus)
	r.RequestedAt, _ = ParseTime(t.line("requested_datetime", 64), zone)
	r.UpdatedAt, _ = ParseTime(t.line("updated_datetime", 64), zone)
	r.ExpectedAt, _ = ParseTime(t.line("expected_datetime", 64), zone)
	lat, okLat := degrees(t.line("lat", 40), 90)
	lon, okLon := degrees(cmp.Or(t.line("long", 40), t.line("lon", 40), t.line("lng", 40)), 180)
	if okLat && okLon && (lat != 0 || lon != 0) {
		r.Located, r.Lat, r.Lon = true, lat, lon
	}
	return r
}

// statusOf tells open from closed in the words that servers use. What is not
// known is open: nobody may be told that something was done when it was not.
func statusOf(s string) Status {
	switch strings.ToLower(strings.ReplaceAll(strings.TrimSpace(s), " ", "_")) {
	case "closed", "close", "fixed", "resolved", "completed", "complete", "done", "no_further_action", "not_councils_responsibility", "duplicate", "archived", "unable_to_fix":
		return Closed
	}
	return Open
}

// degrees reads an angle; ok is false when it is none.
func degrees(s string, most float64) (float64, bool) {
	v, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > most {
		return 0, false
	}
	return v, true
}

// ReadAccepted reads the answer to a request that was sent in, or to a token.
// When it is neither an id nor a token, the result is empty.
func ReadAccepted(r io.Reader) (Accepted, error) {
	for a, err := range read(r, "service_requests", "request", func(t *tree) Accepted {
		return Accepted{ID: t.line("service_request_id", maxName), Token: t.line("token", maxName), ServiceNotice: t.block("service_notice", maxDescription), AccountID: t.line("account_id", maxName)}
	}) {
		return a, err
	}
	return Accepted{}, nil
}

// ReadUpdates reads updates of service requests as they come.
func ReadUpdates(r io.Reader, zone *time.Location) iter.Seq2[Update, error] {
	return read(r, "service_request_updates", "request_update", func(t *tree) Update {
		u := Update{
			ID: t.line("update_id", maxName), RequestID: t.line("service_request_id", maxName), Status: strings.ToUpper(t.line("status", maxName)),
			Description: t.block("description", maxDescription), MediaURL: t.line("media_url", maxURL),
		}
		u.At, _ = ParseTime(t.line("updated_datetime", 64), zone)
		return u
	})
}

// ReadTroubles reads errors; none when the document holds none.
func ReadTroubles(r io.Reader) []Trouble {
	var list []Trouble
	for t, err := range entries(io.LimitReader(r, 1<<20), "errors", "error") {
		if err != nil || len(list) == 20 {
			break
		}
		one := Trouble{Code: t.line("code", 40), Description: t.line("description", maxName)}
		if one != (Trouble{}) {
			list = append(list, one)
		}
	}
	return list
}

// ReadDiscovery reads where a server's endpoints are.
func ReadDiscovery(r io.Reader, zone *time.Location) (Discovery, error) {
	for t, err := range entries(r, "discoveries", "discovery") {
		if err != nil {
			return Discovery{}, err
		}
		d := Discovery{Contact: t.line("contact", maxName), KeyService: t.line("key_service", maxName)}
		d.ChangedAt, _ = ParseTime(t.line("changeset", 64), zone)
		for _, e := range t.list("endpoints", "endpoint") {
			one := Endpoint{Specification: e.line("specification", maxURL), URL: e.line("url", maxURL), Type: e.line("type", 40)}
			one.ChangedAt, _ = ParseTime(e.line("changeset", 64), zone)
			for _, f := range e.list("formats", "format") {
				one.Formats = append(one.Formats, strings.TrimSpace(f.leaf()))
			}
			d.Endpoints = append(d.Endpoints, one)
		}
		return d, nil
	}
	return Discovery{}, errNoData
}
