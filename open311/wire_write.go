package open311

import (
	"bufio"
	"encoding/json"
	"encoding/xml"
	"io"
	"iter"
	"strconv"
	"time"
)

// writer writes one document, in XML or in the JSON that the Spark convention
// makes of it: the name of a list and of its entries is only in the XML. The
// first error stays, and flush returns it.
type writer struct {
	out    *bufio.Writer
	format Format
	inner  []scope
	err    error
}

// scope is an element that has begun and not ended.
type scope struct {
	name  string
	list  bool
	count int
}

func newWriter(w io.Writer, f Format) *writer {
	x := &writer{out: bufio.NewWriterSize(w, 32<<10), format: f}
	if f == XML {
		x.put(xml.Header)
	}
	return x
}

func (x *writer) put(s string) {
	if x.err == nil {
		_, x.err = x.out.WriteString(s)
	}
}

// key begins a member of an object, or an entry of a list.
func (x *writer) key(name string) {
	if x.format == XML {
		return
	}
	if len(x.inner) == 0 {
		return
	}
	in := &x.inner[len(x.inner)-1]
	if in.count > 0 {
		x.put(",")
	}
	in.count++
	if !in.list {
		x.put(quoted(name))
		x.put(":")
	}
}

func (x *writer) begin(name string, list bool) {
	x.key(name)
	switch {
	case x.format == XML:
		x.put("<" + name + ">")
	case list:
		x.put("[")
	default:
		x.put("{")
	}
	x.inner = append(x.inner, scope{name: name, list: list})
}

func (x *writer) end() {
	in := x.inner[len(x.inner)-1]
	x.inner = x.inner[:len(x.inner)-1]
	switch {
	case x.format == XML:
		x.put("</" + in.name + ">")
	case in.list:
		x.put("]")
	default:
		x.put("}")
	}
}

// text writes a value; "" is an empty element, and null.
func (x *writer) text(name, value string) {
	switch {
	case x.format == XML && value == "":
		x.put("<" + name + "/>")
	case x.format == XML:
		x.put("<" + name + ">")
		if x.err == nil {
			x.err = xml.EscapeText(x.out, []byte(value))
		}
		x.put("</" + name + ">")
	case value == "":
		x.raw(name, "null")
	default:
		x.raw(name, quoted(value))
	}
}

// raw writes a value that is the same in both formats but for its quotes: a
// number, true or false.
func (x *writer) raw(name, value string) {
	if x.format == XML {
		x.put("<" + name + ">" + value + "</" + name + ">")
		return
	}
	x.key(name)
	x.put(value)
}

func (x *writer) truth(name string, value bool) { x.raw(name, strconv.FormatBool(value)) }

func (x *writer) number(name string, value int64) { x.raw(name, strconv.FormatInt(value, 10)) }

func (x *writer) degrees(name string, value float64, known bool) {
	if !known {
		x.text(name, "")
		return
	}
	x.raw(name, strconv.FormatFloat(value, 'f', -1, 64))
}

func (x *writer) time(name string, t time.Time) { x.text(name, written(t)) }

// written is a time as W3C-DTF with its zone; "" for none.
func written(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

func (x *writer) flush() error {
	x.put("\n")
	if x.err == nil {
		x.err = x.out.Flush()
	}
	return x.err
}

// quoted is a string of JSON.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil { // strings cannot fail
		return `""`
	}
	return string(b)
}

// writeList writes a list as it comes, entry by entry. An error of the list ends
// it in the middle: the other side then sees that something is missing.
func writeList[T any](w io.Writer, f Format, name, entry string, list iter.Seq2[T, error], write func(*writer, T)) error {
	x := newWriter(w, f)
	x.begin(name, true)
	for one, err := range list {
		if err != nil {
			return err
		}
		x.begin(entry, false)
		write(x, one)
		x.end()
	}
	x.end()
	return x.flush()
}

// all is a list that is there already.
func all[T any](list []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, one := range list {
			if !yield(one, nil) {
				return
			}
		}
	}
}

// WriteServices writes a service list.
func WriteServices(w io.Writer, f Format, list []Service) error {
	return writeList(w, f, "services", "service", all(list), func(x *writer, s Service) {
		x.text("service_code", s.Code)
		x.text("service_name", s.Name)
		x.text("description", s.Description)
		x.truth("metadata", s.Metadata)
		x.text("type", s.Type)
		x.text("keywords", s.Keywords)
		x.text("group", s.Group)
	})
}

// WriteDefinition writes what has to be asked about a service.
func WriteDefinition(w io.Writer, f Format, d Definition) error {
	x := newWriter(w, f)
	x.begin("service_definition", false)
	x.text("service_code", d.Code)
	x.begin("attributes", true)
	for _, a := range d.Attributes {
		x.begin("attribute", false)
		x.truth("variable", a.Variable)
		x.text("code", a.Code)
		x.text("datatype", a.Datatype)
		x.truth("required", a.Required)
		x.text("datatype_description", a.DatatypeDescription)
		x.number("order", a.Order)
		x.text("description", a.Description)
		if len(a.Values) > 0 {
			x.begin("values", true)
			for _, v := range a.Values {
				x.begin("value", false)
				x.text("key", v.Key)
				x.text("name", v.Name)
				x.end()
			}
			x.end()
		}
		x.end()
	}
	x.end()
	x.end()
	return x.flush()
}

// WriteRequests writes service requests as they come.
func WriteRequests(w io.Writer, f Format, list iter.Seq2[Request, error]) error {
	return writeList(w, f, "service_requests", "request", list, (*writer).request)
}

func (x *writer) request(r Request) {
	x.text("service_request_id", r.ID)
	x.text("status", string(r.Status))
	x.text("status_notes", r.StatusNotes)
	x.text("service_name", r.ServiceName)
	x.text("service_code", r.ServiceCode)
	x.text("description", r.Description)
	x.text("agency_responsible", r.AgencyResponsible)
	x.text("service_notice", r.ServiceNotice)
	x.time("requested_datetime", r.RequestedAt)
	x.time("updated_datetime", r.UpdatedAt)
	x.time("expected_datetime", r.ExpectedAt)
	x.text("address", r.Address)
	x.text("address_id", r.AddressID)
	x.text("zipcode", r.Zipcode)
	x.degrees("lat", r.Lat, r.Located)
	x.degrees("long", r.Lon, r.Located)
	x.text("media_url", r.MediaURL)
	if e := r.Extended; e != nil {
		x.extended(*e)
	}
}

func (x *writer) extended(e Extended) {
	x.begin("extended_attributes", false)
	x.text("state", e.State)
	x.text("reason", e.Reason)
	x.time("expected_half_datetime", e.HalfAt)
	x.time("expected_most_datetime", e.MostAt)
	x.number("me_too", e.MeToo)
	x.begin("media_urls", true)
	for _, url := range e.MediaURLs {
		x.text("media_url", url)
	}
	x.end()
	x.end()
	x.begin("notes", true)
	for _, n := range e.Notes {
		x.begin("note", false)
		x.time("datetime", n.At)
		x.text("summary", n.Summary)
		x.text("description", n.Description)
		x.end()
	}
	x.end()
}

// WriteAccepted writes the answer to a request that was sent in, or to a token.
func WriteAccepted(w io.Writer, f Format, a Accepted) error {
	return writeList(w, f, "service_requests", "request", all([]Accepted{a}), func(x *writer, a Accepted) {
		if a.ID != "" {
			x.text("service_request_id", a.ID)
		}
		if a.Token != "" {
			x.text("token", a.Token)
			return
		}
		x.text("service_notice", a.ServiceNotice)
		x.text("account_id", a.AccountID)
	})
}

// WriteUpdates writes updates of service requests.
func WriteUpdates(w io.Writer, f Format, list []Update) error {
	return writeList(w, f, "service_request_updates", "request_update", all(list), func(x *writer, u Update) {
		x.text("update_id", u.ID)
		x.text("service_request_id", u.RequestID)
		x.text("status", u.Status)
		x.time("updated_datetime", u.At)
		x.text("description", u.Description)
		x.text("media_url", u.MediaURL)
	})
}

// WriteTroubles writes errors.
func WriteTroubles(w io.Writer, f Format, list []Trouble) error {
	return writeList(w, f, "errors", "error", all(list), func(x *writer, t Trouble) {
		x.raw("code", t.Code)
		x.text("description", t.Description)
	})
}

// WriteDiscovery writes where the endpoints are.
func WriteDiscovery(w io.Writer, f Format, d Discovery) error {
	x := newWriter(w, f)
	x.begin("discovery", false)
	x.time("changeset", d.ChangedAt)
	x.text("contact", d.Contact)
	x.text("key_service", d.KeyService)
	x.begin("endpoints", true)
	for _, e := range d.Endpoints {
		x.begin("endpoint", false)
		x.text("specification", e.Specification)
		x.text("url", e.URL)
		x.time("changeset", e.ChangedAt)
		x.text("type", e.Type)
		x.begin("formats", true)
		for _, format := range e.Formats {
			x.text("format", format)
		}
		x.end()
		x.end()
	}
	x.end()
	x.end()
	return x.flush()
}
