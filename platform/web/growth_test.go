package web_test

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"mercat.scot/mercat/platform/growthtest"
	"mercat.scot/mercat/platform/web"
)

// A form takes as long as it is large.
func TestFormsTakeLinearTime(t *testing.T) {
	read := func(kind string) func(body string) {
		return func(body string) {
			r := httptest.NewRequest("POST", "/", strings.NewReader(body))
			r.Header.Set("Content-Type", kind)
			_, _ = web.ReadUpload(r, 1<<20, func(file *web.File) error { // that it may be refused is others' to test
				_, err := io.Copy(io.Discard, file)
				return err
			})
		}
	}
	const part = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n"
	for name, c := range map[string]struct {
		kind   string
		shapes map[string]growthtest.Shape
	}{
		"urlencoded": {"application/x-www-form-urlencoded", growthtest.With(growthtest.Texts, "a=", "")},
		"fields": {"application/x-www-form-urlencoded", map[string]growthtest.Shape{
			"one name": {Unit: "a=b&"}, "no names": {Unit: "=&"}, "plus": {Head: "a=", Unit: "+"}, "wrong percents": {Head: "a=", Unit: "%zz"},
		}},
		"multipart": {"multipart/form-data; boundary=x", map[string]growthtest.Shape{
			"parts":             {Unit: part, Tail: "--x--"},
			"almost boundaries": {Head: "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n", Unit: "\r\n--", Tail: "\r\n--x--"},
			"headers":           {Head: "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n", Unit: "X-A: b\r\n", Tail: "\r\nb\r\n--x--"},
			"parameters":        {Head: "--x\r\nContent-Disposition: form-data; name=\"a\"", Unit: "; a*0=b", Tail: "\r\n\r\nb\r\n--x--"},
			"before the first":  {Unit: "a\r\n", Tail: part + "--x--"},
		}},
	} {
		t.Run(name, func(t *testing.T) { growthtest.Linear(t, c.shapes, read(c.kind)) })
	}
	t.Run("paths", func(t *testing.T) {
		growthtest.Linear(t, growthtest.With(growthtest.Texts, "/", ""), func(s string) { web.LocalPath(s, "/desk") })
	})
}
