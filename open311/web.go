package open311

import (
	"bytes"
	"net/http"
	"strconv"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

// Routes registers what this room serves.
func (s *Server) Routes(r *web.Router) {
	everybody := web.Public("other programs may read what everybody may see")
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
		if status = http.StatusBadRequest; kind == fault.NotFound {
			status = http.StatusNotFound
		}
		if err := WriteTroubles(&body, f, []Trouble{{strconv.Itoa(status), fault.Sentence(err)}}); err != nil {
			return err
		}
	}
	w.Header().Set("Content-Type", f.ContentType())
	w.Header().Set("Access-Control-Allow-Origin", "*") // it is public, and needs no cookie
	return web.Send(w, r, status, body.Bytes())
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
	switch name {
	case "services":
		list, err := s.Services(r.Context())
		return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteServices(b, f, list) })
	case "requests":
		list, err := s.Requests(r.Context(), r.URL.Query())
		return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteRequests(b, f, all(list)) })
	}
	return answer(w, r, f, errNoPath, nil)
}

func (s *Server) definition(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	d, err := s.Definition(r.Context(), name)
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteDefinition(b, f, d) })
}

func (s *Server) request(w http.ResponseWriter, r *http.Request) error {
	name, f := named(r)
	one, err := s.Request(r.Context(), name, truth(r.URL.Query().Get("extensions")))
	return answer(w, r, f, err, func(b *bytes.Buffer) error { return WriteRequests(b, f, all([]Request{one})) })
}
