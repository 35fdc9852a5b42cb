package app

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
)

// described sends requests whose answers are held to the description that the
// server gives of itself.
type described struct {
	*reporter
	check validator.Validator
	seen  map[string]bool
}

func (d *described) ask(method, path string, form url.Values, status int) {
	d.t.Helper()
	q, err := http.NewRequestWithContext(d.t.Context(), method, d.r.url+"/open311/"+path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	if method == http.MethodPost {
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	a, err := d.http.Do(q)
	if err != nil {
		d.t.Fatal(err)
	}
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if a.Body.Close(); a.StatusCode != status {
		d.t.Errorf("%s %s: %d instead of %d: %s", method, path, a.StatusCode, status, raw)
	}
	a.Body = io.NopCloser(strings.NewReader(string(raw)))
	if ok, problems := d.check.ValidateHttpResponse(q, a); !ok {
		for _, e := range problems {
			d.t.Errorf("%s %s: %d is not as described: %s: %s %v\n%s", method, path, a.StatusCode, e.Message, e.Reason, e.SchemaValidationErrors, raw)
		}
	}
	name, _, _ := strings.Cut(path, "?")
	d.seen[method+" "+name] = true
}

func TestOpen311AnswersAsItsDescriptionSays(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		p := reporting(t, c)
		document, err := libopenapi.NewDocument([]byte(p.get("/open311/v2/openapi.json").want(t, http.StatusOK).body))
		if err != nil {
			t.Fatal(err)
		}
		check, errs := validator.NewValidator(document)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		if ok, problems := check.ValidateDocument(); !ok {
			t.Fatalf("the description is not valid: %v", problems)
		}
		d := &described{p, check, map[string]bool{}}
		update := url.Values{"api_key": {p.token}, "update_id": {"1"}, "description": {"The cones are gone."}}
		reference := p.accepted("requests.json", p.form())
		update.Set("service_request_id", reference)
		// What is not JSON has the same writer; how XML is built, its own test says.
		d.ask("GET", "discovery.json", nil, 200)
		d.ask("GET", "v2/services.json", nil, 200)
		d.ask("GET", "v2/services.json?jurisdiction_id=x", nil, 404)
		d.ask("GET", "v2/services/potholes.json", nil, 200)
		d.ask("GET", "v2/services/none.json", nil, 404)
		d.ask("POST", "v2/requests.json", p.form("device_id", "d-9"), 200)
		d.ask("POST", "v2/requests.json", p.form("attribute[depth]", ""), 400)
		d.ask("POST", "v2/requests.json", p.form("api_key", ""), 403)
		d.ask("POST", "v2/requests.json", p.form("service_code", "none"), 404)
		d.ask("GET", "v2/requests.json", nil, 200)
		d.ask("GET", "v2/requests.json?extensions=true", nil, 200)
		d.ask("GET", "v2/requests.json?status=half", nil, 400)
		d.ask("GET", "v2/requests/"+reference+".json?extensions=true", nil, 200)
		d.ask("GET", "v2/requests/none.json", nil, 404)
		d.ask("GET", "v2/tokens/"+reference+".json", nil, 200)
		d.ask("GET", "v2/tokens/none.json", nil, 404)
		d.ask("POST", "v2/servicerequestupdates.json", update, 200)
		d.ask("POST", "v2/servicerequestupdates.json", url.Values{"api_key": {p.token}}, 400)
		d.ask("GET", "v2/servicerequestupdates.json", nil, 200)
		d.ask("GET", "v2/servicerequestupdates.json?api_key=x", nil, 403)
		model, err := document.BuildV3Model()
		if err != nil {
			t.Fatal(err)
		}
		for path, item := range model.Model.Paths.PathItems.FromOldest() {
			if !strings.HasSuffix(path, ".json") {
				continue
			}
			path = strings.NewReplacer("/open311/", "", "{service_code}", "potholes", "{service_request_id}", reference, "{token}", reference).Replace(path)
			if item.Get != nil && !d.seen["GET "+path] || item.Post != nil && !d.seen["POST "+path] {
				t.Errorf("%s is described and was not asked for", path)
			}
		}
	})
}
