package open311

import (
	"context"
	"net/url"
	"strings"
	"time"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/staff"
)

// Options are what this room stands on. All are needed but BaseURL.
type Options struct {
	DB        *db.DB
	Staff     *staff.Service
	Directory *directory.Directory
	Desk      *desk.Service
	Casework  *casework.Service
	Now       func() time.Time
	BaseURL   string // "https://mercat.council.example"; "" is where the program asked
}

// Server is the GeoReport v2 server.
type Server struct {
	Options
	zone  *time.Location // in which days are written
	pages pages
}

// New returns a Server.
func New(o Options) *Server {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		zone = time.UTC // a machine without the table of time zones: a day may be off by one in summer
	}
	return &Server{Options: o, zone: zone}
}

// specification is what the endpoint follows, as discovery names it.
const specification = "http://wiki.open311.org/GeoReport_v2"

// Discovery says where the endpoint is.
func (s *Server) Discovery(origin string) Discovery {
	base := strings.TrimSuffix(origin, "/")
	if s.BaseURL != "" {
		base = strings.TrimSuffix(s.BaseURL, "/")
	}
	return Discovery{Contact: "Ask the council for help with this interface.", KeyService: "Reading needs no key. Ask the council for one with which requests can be sent in.", Endpoints: []Endpoint{
		{Specification: specification, URL: base + "/open311/v2", Type: "production", Formats: []string{"text/xml", "application/json"}},
	}}
}

// Services are those that the public is offered.
func (s *Server) Services(ctx context.Context) ([]Service, error) {
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	var list []Service
	for _, one := range snapshot.Services() {
		if one.Active && one.Public {
			list = append(list, Service{Code: one.Code, Name: one.Name, Description: one.Summary, Metadata: len(one.Attributes) > 0, Type: "realtime", Keywords: one.Keywords, Group: one.Group})
		}
	}
	return list, nil
}

// Definition is what has to be asked about a service.
//
// Errors: fault.NotFound.
func (s *Server) Definition(ctx context.Context, code string) (Definition, error) {
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return Definition{}, err
	}
	service, ok := snapshot.ServiceByCode(code)
	if !ok || !service.Active || !service.Public {
		return Definition{}, fault.Newf(fault.NotFound, "service_code %.60q was not found. The list of services has all codes.", code)
	}
	d := Definition{Code: service.Code}
	for _, a := range service.Attributes {
		one := Attribute{Variable: a.Variable, Code: a.Code, Datatype: string(a.Datatype), Required: a.Required, DatatypeDescription: a.DatatypeDescription,
			Order: int64(a.Order), Description: a.Description}
		for _, v := range a.Values {
			one.Values = append(one.Values, Value{v.Key, v.Name})
		}
		d.Attributes = append(d.Attributes, one)
	}
	return d, nil
}

// Requests answers a query. Nothing that a citizen wrote is in it.
//
// Errors: fault.Invalid with what is wrong.
func (s *Server) Requests(ctx context.Context, v url.Values) ([]Request, error) {
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	q, err := readQuery(v, snapshot, s.Now())
	if err != nil || q.nothing {
		return nil, err
	}
	var list []casework.Public
	if len(q.references) > 0 {
		list, err = s.Casework.PublishedByReference(ctx, q.references)
	} else {
		list, err = s.page(ctx, q, question(v))
	}
	if err != nil {
		return nil, err
	}
	requests := make([]Request, len(list))
	for i, p := range list {
		requests[i] = requestOf(p, snapshot, q.extensions)
	}
	return requests, nil
}

// page goes through those pages before the one that is wanted of which it is not
// remembered where they ended.
func (s *Server) page(ctx context.Context, q query, question string) ([]casework.Public, error) {
	known, at := s.pages.before(question, q.page-1, s.Now())
	q.cases.Before = at
	for n := known + 1; ; n++ {
		var list []casework.Public
		for len(list) < q.cases.Limit {
			want := q.cases
			want.Limit -= len(list)
			more, next, err := s.Casework.Published(ctx, want)
			if err != nil {
				return nil, err
			}
			list, q.cases.Before = append(list, more...), next
			if next.ID == 0 {
				break
			}
		}
		if q.cases.Before.ID != 0 {
			s.pages.ended(question, n, q.cases.Before, s.Now())
		}
		if n == q.page {
			return list, nil
		}
		if q.cases.Before.ID == 0 {
			return nil, nil
		}
	}
}

// Request is one by its id.
//
// Errors: fault.NotFound.
func (s *Server) Request(ctx context.Context, id string, extensions bool) (Request, error) {
	snapshot, err := s.Directory.Snapshot(ctx)
	if err != nil {
		return Request{}, err
	}
	list, err := s.Casework.PublishedByReference(ctx, []string{id})
	if err != nil {
		return Request{}, err
	}
	if len(list) == 0 {
		return Request{}, fault.Newf(fault.NotFound, "service_request_id %.60q was not found.", id)
	}
	return requestOf(list[0], snapshot, extensions), nil
}

// requestOf is a case as GeoReport has it.
func requestOf(p casework.Public, snapshot *directory.Snapshot, extensions bool) Request {
	service, _ := snapshot.Service(p.ServiceID)
	r := Request{ID: p.Reference, Status: Open, ServiceName: service.Name, ServiceCode: service.Code, StatusNotes: p.State.Label(), AgencyResponsible: snapshot.Council().Name,
		ServiceNotice: service.Promise, RequestedAt: p.CreatedAt, UpdatedAt: p.ChangedAt, ExpectedAt: p.MostAt, Address: p.Place,
		Located: p.Lat != 0 || p.Lon != 0, Lat: p.Lat, Lon: p.Lon}
	if p.State.Ended() {
		r.Status, r.UpdatedAt = Closed, p.EndedAt
		if label := p.Reason.Label(); label != "" {
			r.StatusNotes += ": " + label
		}
	}
	if extensions {
		r.Extended = &Extended{State: string(p.State), Reason: string(p.Reason), HalfAt: p.HalfAt, MostAt: p.MostAt, MeToo: p.MeToo}
	}
	return r
}
