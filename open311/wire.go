package open311

import "time"

// Format is how an answer is written.
type Format string

// The formats of GeoReport v2. XML is the one that every server has.
const (
	XML  Format = "xml"
	JSON Format = "json"
)

// ContentType is what the specification says of a format.
func (f Format) ContentType() string {
	if f == JSON {
		return "application/json; charset=utf-8"
	}
	return "text/xml; charset=utf-8"
}

// Status is where a request stands, for the public: GeoReport knows two.
type Status string

// The statuses of GeoReport v2.
const (
	Open   Status = "open"
	Closed Status = "closed"
)

// Service is an entry of the service list.
type Service struct {
	Code, Name, Description string
	Metadata                bool   // a definition has questions
	Type                    string // realtime, batch or blackbox
	Keywords, Group         string
}

// Definition is what has to be asked about a service.
type Definition struct {
	Code       string
	Attributes []Attribute
}

// Attribute is a question of a definition.
type Attribute struct {
	Variable            bool
	Code, Datatype      string
	Required            bool
	DatatypeDescription string
	Order               int64
	Description         string
	Values              []Value
}

// Value is one answer of a list.
type Value struct{ Key, Name string }

// Request is a service request as it is shown. What is not known is its zero
// value.
type Request struct {
	ID                       string
	Token                    string // in place of an id, of servers that make it later
	Status                   Status
	RawStatus                string // as the other side wrote it; never written
	StatusNotes              string
	ServiceName, ServiceCode string
	Description              string
	AgencyResponsible        string
	ServiceNotice            string
	RequestedAt, UpdatedAt   time.Time
	ExpectedAt               time.Time
	Address, AddressID       string
	Zipcode                  string
	Located                  bool
	Lat, Lon                 float64 // WGS 84 degrees
	MediaURL                 string
	Extended                 *Extended // written when a program asked for extensions
}

// Extended is what Mercat knows of a request beyond GeoReport v2.
type Extended struct {
	State, Reason  string    // as Mercat calls them
	HalfAt, MostAt time.Time // half, and nine in ten, are done by then
	MeToo          int64
	MediaURLs      []string
	Notes          []Note
}

// Note is one thing that became of a request.
type Note struct {
	At                   time.Time
	Summary, Description string
}

// Accepted is the answer to a request that was sent in: an id or a token.
type Accepted struct {
	ID, Token, ServiceNotice, AccountID string
}

// Update is something that became of a request, or was said about it.
type Update struct {
	ID, RequestID string
	Status        string // OPEN, CLOSED, or an extension of either
	At            time.Time
	Description   string
	MediaURL      string
}

// Trouble is one error of an answer.
type Trouble struct {
	Code        string // mostly the HTTP status
	Description string
}

// Discovery says where a server's endpoints are.
type Discovery struct {
	ChangedAt  time.Time
	Contact    string
	KeyService string
	Endpoints  []Endpoint
}

// Endpoint is one version of a server.
type Endpoint struct {
	Specification string // "http://wiki.open311.org/GeoReport_v2"
	URL           string
	ChangedAt     time.Time
	Type          string // production or test
	Formats       []string
}
