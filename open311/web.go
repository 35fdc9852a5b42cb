package open311

import (
	"bytes"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

// Routes registers what this room serves.
func (s *Server) Routes(r *web.Router) {
	everybody := web.Public("other programs may read what everybody may see")
	programs := web.Public("other programs send requests in with a key, which is asked for as Open311 has it")
	r.Handle("POST /open311/v2/{file}", programs, s.send, web.FromAnySite("a program says who it is by its key"), web.MaxBody(maxForm))
	r.Handle("GET /open311/v2/tokens/{file}", everybody, s.token)
	r.Handle("GET /open311/v2/openapi.json", everybody, s.describe)
	r.Handle("GET /open311/{file}", everybody, s.discover)
	r.Handle("GET /open311/v2/{file}", everybody, s.list)
	r.Handle("GET /open311/v2/services/{file}", everybody, s.definition)
	r.Handle("GET /open311/v2/requests/{file}", everybody, s.request)
}

// named parts what is asked for from its format. Without an extension, the
// Accept header decides, and XML is what everybody can read.
func named(r *http.Request) (name string, f Format) {
	file := r.PathValue("file")
	if name, is := strings.CutSuffix(file, ".json"); is {
		return name, JSON
	}
	if name, is := strings.CutSuffix(file, ".xml"); is {
		return name, XML
	}
	accept := r.Header.Get("Accept")
	if strings.Contains(accept, "json") && !strings.Contains(accept, "xml") {
		return file, JSON
	}
	return file, XML
}

// answer sends a document, or errors as GeoReport has them. What is not meant
// for people goes to the router, which logs it.
func answer(w http.ResponseWriter, r *http.Request, f Format, err error, write func(*bytes.Buffer) error) error {
	status := http.StatusOK
	var body bytes.Buffer
	switch kind := fault.Of(err); {
	case err == nil:
		if err := write(&body); err != nil {
			return err
		}
	case kind == "":
		return err
	default:
		status = statusCode(kind)
		if err := WriteTroubles(&body, f, troublesOf(err, status)); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", f.ContentType())
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is public, and needs no cookie
	return web.Send(w, r, status, body.Bytes())
}

// statusCode is the status of an error. The specification has 404 for what is not
// there, 403 for keys, and 400 for the rest; a program that is too fast, or comes
// while nothing is taken, is told so by HTTP's own statuses, for it should come
// again.
func statusCode(kind fault.Kind) int {
	switch kind {
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Down:
		return http.StatusServiceUnavailable
	}
	return http.StatusBadRequest
}

// troublesOf are all that is wrong.
func troublesOf(err error, status int) []Trouble {
	code := strconv.Itoa(status)
	var fields fault.Fields
	if !errors.As(err, &fields) || len(fields) == 0 {
		return []Trouble{{code, fault.Sentence(err)}}
	}
	list := make([]Trouble, len(fields))
	for i, f := range fields {
		list[i] = Trouble{code, f.Sentence}
	}
	return list
}

var errNoPath = fault.New(fault.NotFound, "There is nothing at this address. GeoReport v2 has services, requests and discovery here, each with .xml or .json.")

func (s *Server) discover(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	var err error
	if name != "discovery" {
		err = errNoPath
	}
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteDiscovery(b, f, s.Discovery(web.Origin(r))) })
}

func (s *Server) list(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	if err := s.ofUs(r, r.URL.Query().Get("jurisdiction_id")); err != nil {
		return answer(w, r, f, err, nil)
	}
	switch name {
	case "services":
		list, err := s.Services(r.Context())
		return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteServices(b, f, list) })
	case "servicerequestupdates":
		return s.updates(w, r, f)
	case "requests":
		list, err := s.Requests(r.Context(), r.URL.Query())
		return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteRequests(b, f, all(list)) })
	}
	return answer(w, r, f, errNoPath, nil)
}

func (s *Server) definition(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	err := s.ofUs(r, r.URL.Query().Get("jurisdiction_id"))
	var d Definition
	if err == nil {
		d, err = s.Definition(r.Context(), name)
	}
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteDefinition(b, f, d) })
}

func (s *Server) request(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	err := s.ofUs(r, r.URL.Query().Get("jurisdiction_id"))
	var one Request
	if err == nil {
		one, err = s.Request(r.Context(), name, truth(r.URL.Query().Get("extensions")))
	}
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteRequests(b, f, all([]Request{one})) })
}
