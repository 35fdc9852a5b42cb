package api

import (
	"errors"
	"io"
	"net/http"
	"os"
	"slices"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

const (
	csvPath   = "/settings/csv"
	maxCSV    = 64 << 20
	longFetch = 30 * time.Minute
)

func (s *Service) csvRoutes(r *web.Router) {
	admin := staff.MayAdminister()
	r.Handle("GET /settings/csv", admin, s.showCSV)
	r.Handle("GET /settings/csv/{table}", admin, s.showCSVImport)
	r.Handle("POST /settings/csv/export", admin, s.exportCSV, web.Deadline(longFetch))
	r.Handle("POST /settings/csv/import", admin, s.importCSV, web.MaxBody(maxCSV+1<<20), web.Deadline(longFetch))
}

// csvPage is where tables go out and come in.
type csvPage struct {
	table Table // that comes in
	form  *web.Form
	done  *Imported
}

func (p csvPage) tableOptions() []ui.Option {
	var options []ui.Option
	for _, t := range Tables() {
		options = append(options, ui.Option{Value: string(t), Label: string(t), Hint: t.Explains()})
	}
	return options
}

// newCSVPage is a page with what most files have: the names that we give.
func newCSVPage(t Table) csvPage {
	var fields []string
	for _, f := range t.Fields() {
		if f.Needed {
			fields = append(fields, "column-"+f.Name, f.Name)
		}
	}
	return csvPage{table: t, form: web.NewForm(append(fields, "rehearsal", "on", "table", string(t), "mark", "on")...)}
}

func (s *Service) showCSV(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, csvView(newCSVPage(CasesTable)))
}

// showCSVImport is the page on which one table comes in.
func (s *Service) showCSVImport(w http.ResponseWriter, r *http.Request) error {
	t := Table(r.PathValue("table"))
	if !slices.Contains(Imports(), t) {
		return fault.New(fault.NotFound, "There is no such table. Go back to the tables that there are.")
	}
	return web.Render(w, r, http.StatusOK, csvImportView(newCSVPage(t)))
}

// exportCSV streams a table. When something fails on the way, the connection is
// cut, so that nobody takes half a table for a whole one.
func (s *Service) exportCSV(w http.ResponseWriter, r *http.Request) error {
	p := csvPage{}
	var err error
	if p.form, err = web.ReadForm(r); err != nil {
		return err
	}
	t := Table(p.form.Value("table"))
	if !slices.Contains(Tables(), t) {
		p.form.Fail("table", "Choose what to write.")
		return web.RenderForm(w, r, p.form, csvView(p))
	}
	if err := s.NoteExport(r.Context(), officer(r), t); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present")
	w.Header().Set("Content-Disposition", `attachment; filename="mercat-`+string(t)+`.csv"`)
	w.Header().Set("Cache-Control", "no-store")
	_, err = s.Export(r.Context(), t, w, p.form.Ticked("mark"))
	return err
}

// importCSV takes a file through the disk: the form's fields may come behind it.
func (s *Service) importCSV(w http.ResponseWriter, r *http.Request) error {
	file, err := os.CreateTemp("", "mercat-*.csv")
	if err != nil {
		return err
	}
	defer func() {
		// What is left of a file that is closed and removed already is nothing.
		_ = file.Close()
		_ = os.Remove(file.Name())
	}()
	p := csvPage{}
	size := int64(0)
	p.form, err = web.ReadUpload(r, maxCSV, func(f *web.File) error {
		n, err := io.Copy(file, f)
		size += n
		return err
	})
	if err != nil {
		return err
	}
	if p.table = Table(p.form.Value("table")); p.table == "" {
		p.table = CasesTable
	}
	if !slices.Contains(Imports(), p.table) {
		return fault.New(fault.Invalid, "This table does not come in here. Choose it again from the list.")
	}
	if size == 0 {
		p.form.Fail("file", "Choose a CSV file.")
		return web.RenderForm(w, r, p.form, csvImportView(p))
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	m := Mapping{}
	for _, f := range p.table.Fields() {
		m[f.Name] = p.form.Value("column-" + f.Name)
	}
	done, err := s.Import(r.Context(), officer(r), p.table, file, m, p.form.Ticked("rehearsal"))
	var fields fault.Fields
	switch {
	case errors.As(err, &fields):
		for _, f := range fields {
			p.form.Fail("column-"+f.Field, f.Sentence)
		}
		return web.RenderForm(w, r, p.form, csvImportView(p))
	case err != nil && p.form.Take(err):
		return web.RenderForm(w, r, p.form, csvImportView(p))
	case err != nil:
		return err
	}
	p.done = &done
	return web.Render(w, r, http.StatusOK, csvImportView(p))
}
