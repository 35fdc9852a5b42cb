package api

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"testing"

	"mercat.scot/mercat/staff"
)

func TestAProgramSendsPhotosToACase(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		p := h.program(staff.ReadCases, staff.WriteCases)
		var c CaseView
		p.send("POST", "/api/v1/cases", `{"words":"A lamp is out"}`).into(t, 201, &c)
		form := func(file []byte, fields ...string) (string, string) {
			var body bytes.Buffer
			m := multipart.NewWriter(&body)
			for i := 0; i < len(fields); i += 2 {
				must(t, m.WriteField(fields[i], fields[i+1]))
			}
			if file != nil {
				part, err := m.CreateFormFile("photo", "lamp.png")
				must(t, err)
				_, err = part.Write(file)
				must(t, err)
			}
			must(t, m.Close())
			return body.String(), m.FormDataContentType()
		}
		var picture bytes.Buffer
		must(t, png.Encode(&picture, image.NewRGBA(image.Rect(0, 0, 40, 30))))
		path := "/api/v1/cases/" + c.Reference + "/photos"
		for range 2 { // the same picture is kept once
			body, kind := form(picture.Bytes(), "shows", "after", "alt", "The lamp is lit")
			var list PhotoList
			p.send("POST", path, body, "Content-Type", kind).into(t, 201, &list)
			if len(list.Items) != 1 || list.Items[0].Shows != "after" {
				t.Errorf("%+v", list)
			}
			p.send("GET", list.Items[0].Path, "").into(t, 200, nil)
		}
		for name, fields := range map[string][]string{"nothing shown": {"alt", "x"}, "a report's": {"shows", "report"}} {
			body, kind := form(picture.Bytes(), fields...)
			if a := p.send("POST", path, body, "Content-Type", kind); a.status != 422 {
				t.Errorf("%s: %d", name, a.status)
			}
		}
		body, kind := form([]byte("no picture"), "shows", "after")
		p.send("POST", path, body, "Content-Type", kind).into(t, 422, nil)
		body, kind = form(nil, "shows", "after")
		p.send("POST", path, body, "Content-Type", kind).into(t, 422, nil)
		p.send("POST", "/api/v1/cases/1/photos", body, "Content-Type", kind).into(t, 404, nil)
		p.token = h.key(staff.ReadCases)
		p.send("POST", path, body, "Content-Type", kind).into(t, 403, nil)
	})
}
