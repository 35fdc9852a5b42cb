package api

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// apiPath is where the first version of the API is. What is added to it breaks
// nobody; anything else is another version.
const apiPath = "/api/v1"

const (
	apiVersion = "1.0.0"
	maxJSON    = 256 << 10
	usualPage  = 50
)

// door registers huma's operations with the router, each with the scope that it
// states: there is no way in beside the list of routes.
type door struct{ router *web.Router }

// Handle is called by huma for each operation.
func (d door) Handle(op *huma.Operation, handler func(huma.Context)) {
	scope, _ := op.Metadata["scope"].(string)
	d.router.Handle(op.Method+" "+op.Path, web.Keyed(scope), func(w http.ResponseWriter, r *http.Request) error {
		handler(humago.NewContext(op, r, w))
		return nil
	}, web.MaxBody(maxJSON))
}

// ServeHTTP is there for huma's own tests.
func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.router.ServeHTTP(w, r) }

// apiRoutes registers the API and its description.
func (s *Service) apiRoutes(r *web.Router) error {
	config := huma.DefaultConfig("Mercat", apiVersion)
	config.OpenAPIPath, config.DocsPath, config.SchemasPath, config.CreateHooks = "", "", "", nil
	config.Formats = map[string]huma.Format{"application/json": huma.DefaultJSONFormat, "json": huma.DefaultJSONFormat}
	config.RejectUnknownQueryParameters = true
	config.Info.Description = "Cases, conversations, people, contacts and services of a council. Ids are text. Times are RFC 3339 in UTC. Errors are problems (RFC 9457). What this version says stays; fields may be added."
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"key": {Type: "http", Scheme: "bearer", Description: "A key that an administrator makes under Settings, API keys: mk_…. The scopes that an operation needs stand with it."},
	}
	api := huma.NewAPI(config, door{r})
	s.caseOperations(api)
	s.conversationOperations(api)
	s.openOperation(api)
	s.peopleOperations(api)
	s.contactOperations(api)
	s.serviceOperations(api)
	s.photoRoute(r, api)
	s.sendPhotosRoute(r, api)

	open := web.Public("describes the API, and holds nothing of the council")
	asJSON, err := api.OpenAPI().MarshalJSON()
	if err != nil {
		return err
	}
	asYAML, err := api.OpenAPI().YAML()
	if err != nil {
		return err
	}
	document := func(body []byte, mediaType string) web.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) error {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("Cache-Control", "public, max-age=300")
			w.Header().Set("Access-Control-Allow-Origin", "*")
			w.Header().Set("Cross-Origin-Resource-Policy", "cross-origin")
			_, err := w.Write(body)
			return err
		}
	}
	r.Handle("GET "+apiPath+"/openapi.json", open, document(asJSON, "application/openapi+json"))
	r.Handle("GET "+apiPath+"/openapi.yaml", open, document(asYAML, "application/openapi+yaml"))
	r.Handle("GET /api", open, func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, manualView(manualOf(api.OpenAPI())))
	})
	return nil
}

// operation describes one, with the scope that it needs.
func operation(id, method, path, summary, description string, scope staff.Scope, errs ...int) huma.Operation {
	if method == http.MethodPost {
		errs = append(errs, http.StatusBadRequest, http.StatusRequestEntityTooLarge)
	}
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return huma.Operation{
		OperationID: id, Method: method, Path: apiPath + path, Summary: summary, Description: description, Tags: []string{tag},
		Security:     []map[string][]string{{"key": {string(scope)}}},
		Metadata:     map[string]any{"scope": string(scope)},
		Errors:       append([]int{http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable}, errs...),
		MaxBodyBytes: maxJSON,
	}
}

// register adds an operation whose errors become problems.
func register[I, O any](s *Service, api huma.API, op huma.Operation, f func(ctx context.Context, in *I) (*O, error)) {
	huma.Register(api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := f(ctx, in)
		if err != nil {
			return nil, s.problem(ctx, op.OperationID, err)
		}
		return out, nil
	})
}

// problem is an error as huma sends it. The cause of what is not meant for people
// goes into the log, under the reference that the problem names.
func (s *Service) problem(ctx context.Context, operation string, err error) error {
	var stated huma.StatusError
	if errors.As(err, &stated) {
		return stated
	}
	p := web.ProblemOf(ctx, err)
	if fault.Of(err) == "" {
		s.Log.ErrorContext(ctx, "a request of the API failed", "reference", web.RequestID(ctx), "operation", operation, "error", err)
	}
	model := &huma.ErrorModel{Title: p.Title, Status: p.Status, Detail: p.Detail, Instance: p.Instance}
	for _, e := range p.Errors {
		model.Errors = append(model.Errors, &huma.ErrorDetail{Message: e.Message, Location: "body." + e.Location})
	}
	return model
}

// caller is the key by which a request came in.
func caller(ctx context.Context) staff.Key {
	k, ok := staff.KeyOf(ctx)
	if !ok {
		panic("api: an operation without a key")
	}
	return k
}

// Paging are the parameters of every list.
type Paging struct {
	Cursor string `query:"cursor" maxLength:"200" doc:"Where the page begins: next of the page before. Leave it out for the first page."`
	Limit  int    `query:"limit" minimum:"1" maximum:"50" default:"50" doc:"How many at most."`
}

// cursor is where a page ends, as text in which nobody need look.
func cursor(at time.Time, id int64) string {
	if id == 0 {
		return ""
	}
	micros := int64(0)
	if !at.IsZero() {
		micros = at.UnixMicro()
	}
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(micros, 36) + "." + strconv.FormatInt(id, 36)))
}

// place reads a cursor.
func (p Paging) place() (at time.Time, id int64, err error) {
	if p.Cursor == "" {
		return time.Time{}, 0, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(p.Cursor)
	first, second, ok := strings.Cut(string(raw), ".")
	micros, wrong := strconv.ParseInt(first, 36, 64)
	id, bad := strconv.ParseInt(second, 36, 64)
	if err != nil || !ok || wrong != nil || bad != nil || id <= 0 {
		return time.Time{}, 0, huma.Error422UnprocessableEntity("This cursor is not one that we gave out. Begin again without it.")
	}
	if micros != 0 {
		at = time.UnixMicro(micros).UTC()
	}
	return at, id, nil
}

// readID reads an id of a path or a parameter; "" is 0.
func readID(text, what string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil || id <= 0 {
		return 0, huma.Error422UnprocessableEntity("This is no id of " + what + ": ids are digits.")
	}
	return id, nil
}

// etag is the version of what is sent.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// fits reports whether a tag of If-None-Match or If-Match fits a version.
func fits(header string, version int64) bool {
	for _, tag := range strings.Split(header, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == etag(version) {
			return true
		}
	}
	return false
}

// when is a time for JSON, nil for none.
func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}
