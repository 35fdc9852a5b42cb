package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

const (
	photosAtOnce = 5
	photoBytes   = 20 << 20
)

// PhotoList are photos of a case.
type PhotoList struct {
	Items []PhotoView `json:"items" nullable:"false"`
}

// sendPhotosRoute takes photos to a case. It stands beside huma, as photoRoute
// does.
func (s *Service) sendPhotosRoute(r *web.Router, api huma.API) {
	op := operation("add-case-photos", http.MethodPost, "/cases/{id}/photos", "Send photos to a case", "Up to five pictures of at most 20 MB, as a form with files. They are encoded anew, so that no position and no camera is left in them. The same picture again is kept once. The answer has all photos of the case.",
		staff.WriteCases, http.StatusNotFound)
	op.Parameters = append(op.Parameters, &huma.Param{Name: "id", In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	text := &huma.Schema{Type: "string"}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{Type: "object", Required: []string{"photo", "shows"},
		Properties: map[string]*huma.Schema{
			"photo": {Type: "string", Format: "binary", Description: "A picture; several times for several."},
			"shows": {Type: "string", Enum: []any{string(casework.Before), string(casework.After)}, Description: "Whether they show it before or after the work."},
			"alt":   text,
		}}}}}
	op.Responses = map[string]*huma.Response{
		"201":     {Description: "Created", Content: map[string]*huma.MediaType{"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[PhotoList](), true, "PhotoList")}}},
		"default": {Description: "Problem", Content: map[string]*huma.MediaType{web.ProblemType: {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}},
	}
	api.OpenAPI().AddOperation(&op)
	r.Handle(op.Method+" "+op.Path, web.Keyed(string(staff.WriteCases)), s.apiSendPhotos, web.MaxBody(photosAtOnce*photoBytes+1<<20), web.Deadline(10*time.Minute))
}

func (s *Service) apiSendPhotos(w http.ResponseWriter, r *http.Request) error {
	id, err := s.caseID(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	if _, err := s.Casework.Whole(r.Context(), id); err != nil {
		return err // before a picture is kept
	}
	var list []casework.NewPhoto
	form, err := web.ReadUpload(r, photoBytes, func(f *web.File) error {
		if f.Field != "photo" {
			return nil
		}
		if len(list) == photosAtOnce {
			return fault.Newf(fault.Invalid, "These are more than %d photos at once. Send the others afterwards.", photosAtOnce)
		}
		// To its end first: a slow line must not hold a place in which pictures are
		// decoded.
		data, err := io.ReadAll(f)
		if err != nil {
			return err
		}
		m, err := s.Desk.KeepPicture(r.Context(), f.Name, bytes.NewReader(data))
		list = append(list, casework.NewPhoto{Media: m})
		return err
	})
	if err != nil {
		return err
	}
	shows := casework.Phase(form.Value("shows"))
	if len(list) == 0 || !slices.Contains([]casework.Phase{casework.Before, casework.After}, shows) {
		return fault.New(fault.Invalid, "Send at least one picture as “photo”, and in “shows” whether it is from before or after the work.")
	}
	for i := range list {
		list[i].Phase, list[i].Alt = shows, form.Value("alt")
	}
	if _, err := s.Casework.AddPhotos(r.Context(), caller(r.Context()).Officer(), id, list); err != nil {
		return err
	}
	whole, err := s.Casework.Whole(r.Context(), id)
	if err != nil {
		return err
	}
	out := PhotoList{Items: photosOf(whole)}
	body, err := json.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	return web.Send(w, r, http.StatusCreated, body)
}

// photosOf are the photos of a case, numbered as their paths are.
func photosOf(whole casework.Whole) []PhotoView {
	list := []PhotoView{}
	for i, p := range whole.Photos {
		list = append(list, PhotoView{Number: i + 1, Shows: string(p.Phase), Path: casePath(whole.ID) + "/photos/" + strconv.Itoa(i+1)})
	}
	return list
}
