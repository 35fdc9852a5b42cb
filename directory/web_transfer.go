package directory

import (
	"bytes"
	"net/http"
	"strings"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

// transferPage is where services are brought in from a file.
type transferPage struct {
	form *web.Form
	plan *ServicesPlan // nil until a file was looked at
	dry  bool
}

func (d *Directory) exportServices(w http.ResponseWriter, r *http.Request) error {
	format, kind := "csv", "text/csv; charset=utf-8"
	if strings.HasSuffix(r.URL.Path, ".json") {
		format, kind = "json", "application/json"
	}
	var b bytes.Buffer
	if err := d.ExportServices(r.Context(), &b, format); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Disposition", `attachment; filename="services.`+format+`"`)
	_, err := w.Write(b.Bytes())
	return err
}

func (d *Directory) showTransfer(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, transferView(transferPage{form: web.NewForm()}))
}

func (d *Directory) importServices(w http.ResponseWriter, r *http.Request) error {
	var file []byte
	var p transferPage
	var err error
	p.form, err = web.ReadUpload(r, maxServicesFile, func(f *web.File) error {
		if f.Field != "file" || file != nil {
			return nil
		}
		var b bytes.Buffer
		_, err := b.ReadFrom(f)
		file = b.Bytes()
		return err
	})
	if p.form == nil {
		p.form = web.NewForm()
	}
	if err == nil && len(file) == 0 {
		err = fault.Field("file", "Choose a CSV or JSON file.")
	}
	p.dry = p.form.Value("do") != "import"
	var plan ServicesPlan
	if err == nil {
		plan, err = d.ImportServices(r.Context(), actor(r), bytes.NewReader(file), p.dry)
	}
	if err != nil {
		if !p.form.Take(err) {
			return err
		}
		return web.RenderForm(w, r, p.form, transferView(p))
	}
	if !p.dry && len(plan.Problems) == 0 {
		return web.RedirectWithNotice(w, r, servicesPath, plan.sentence(false))
	}
	p.plan = &plan
	return web.Render(w, r, http.StatusOK, transferView(p))
}

// sentence is what an import did, or would do.
func (p ServicesPlan) sentence(dry bool) string {
	added, changed := 0, 0
	for _, ch := range p.Changes {
		if ch.New {
			added++
		} else {
			changed++
		}
	}
	did, change := "Added ", ", changed "
	if dry {
		did, change = "Would add ", ", change "
	}
	return did + web.Count(added, "service", "services") + change + web.Number(int64(changed)) + "; " + web.Number(int64(p.Same)) + " are there just so."
}
