package blob_test

import (
	"mime"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"mercat.scot/mercat/platform/blob"
)

func TestFilesAreWhatTheirBytesSay(t *testing.T) {
	for _, c := range []struct {
		name, head, contentType string
		class                   blob.Class
	}{
		{"a.txt", "\xff\xd8\xff\xe0", "image/jpeg", blob.Picture},
		{"a.jpg", "<html><script>", "application/octet-stream", blob.Unknown},
		{"a.jpg", `<svg onload="x">`, "application/octet-stream", blob.Unknown},
		{"a.pdf", "%PDF-1.7", "application/pdf", blob.Document},
		{"a.docx", "PK\x03\x04....[Content_Types].xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", blob.Document},
		{"a.docm", "PK\x03\x04....[Content_Types].xml", "application/octet-stream", blob.Program},
		{"a.zip", "PK\x03\x04....[Content_Types].xml", "application/octet-stream", blob.Unknown},
		{"a.odt", "PK\x03\x04mimetypeapplication/vnd.oasis.opendocument.text", "application/vnd.oasis.opendocument.text", blob.Document},
		{"a.doc", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword", blob.Document},
		{"a", "begin:vcalendar\r\n", "text/calendar; charset=utf-8", blob.Plain},
		{"a", "BEGIN:VCARD\r\n", "text/vcard; charset=utf-8", blob.Plain},
		{"a.csv", "a,b\n1,2\n", "text/csv; charset=utf-8", blob.Plain},
		{"a.txt", "Hello é " + strings.Repeat("é", 4000), "text/plain; charset=utf-8", blob.Plain},
		{"a.txt", "caf\xe9", "application/octet-stream", blob.Unknown},
		{"a.txt", "", "application/octet-stream", blob.Unknown},
		{"a.mp4", "\x00\x00\x00\x18ftypisom", "video/mp4", blob.Video},
		{"a.heic", "\x00\x00\x00\x18ftypheic", "image/heic", blob.Document},
		{"a.mp3", "ID3\x04", "audio/mpeg", blob.Audio},
		{"a.pdf", "MZ\x90\x00", "application/octet-stream", blob.Program},
		{"a.pdf", "\x7fELF", "application/octet-stream", blob.Program},
		{"a.pdf.EXE . ", "%PDF-1.7", "application/octet-stream", blob.Program},
		{"a.js", "alert(1)", "application/octet-stream", blob.Program},
	} {
		if k := blob.Sniff(c.name, []byte(c.head)); k.ContentType != c.contentType || k.Class != c.class {
			t.Errorf("%s %.20q is %+v", c.name, c.head, k)
		}
	}
}

func TestFileNamesAreSafeToOffer(t *testing.T) {
	pdf := blob.Sniff("", []byte("%PDF-"))
	for in, want := range map[string]string{
		"letter.pdf": "letter.pdf", `C:\temp\letter.PDF`: "letter.PDF", "../../etc/passwd": "passwd.pdf", "": "file.pdf",
		"a\u202efdp.exe": "afdp.exe.pdf", "a\r\nSet-Cookie: x.pdf": "a Set-Cookie_ x.pdf", "...": "file.pdf",
		"Cŵn Llandrindod.pdf": "Cŵn Llandrindod.pdf", strings.Repeat("é", 300) + ".pdf": strings.Repeat("é", 96) + ".pdf",
	} {
		if got := blob.SafeName(in, pdf); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", in, got, want)
		}
	}
	jpeg := blob.Sniff("", []byte("\xff\xd8\xff\xe0\x00\x10JFIF\x00"))
	for in, want := range map[string]string{"pic.png": "pic.jpg", "Cŵn.HEIC": "Cŵn.jpg", "a.jpeg": "a.jpeg", "a.pdf": "a.pdf.jpg"} {
		if got := blob.SafeName(in, jpeg); got != want {
			t.Errorf("SafeName(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestForeignFilesAreSavedNotShown(t *testing.T) {
	h := http.Header{}
	blob.SetDownload(h, "Cŵn \"x\".pdf", blob.Sniff("", []byte("%PDF-")))
	disposition, params, err := mime.ParseMediaType(h.Get("Content-Disposition"))
	if err != nil || disposition != "attachment" || params["filename"] != "Cŵn _x_.pdf" {
		t.Errorf("%q, %v", h.Get("Content-Disposition"), err)
	}
	if h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("%v", h)
	}
}

func FuzzSniff(f *testing.F) {
	f.Add("a.pdf", []byte("%PDF-"))
	f.Add("../a\u202e.exe", []byte("PK\x03\x04"))
	f.Fuzz(func(t *testing.T, name string, head []byte) {
		k := blob.Sniff(name, head)
		if strings.HasPrefix(k.ContentType, "text/html") || strings.Contains(k.ContentType, "xml;") || k.Class == "" {
			t.Fatalf("%+v", k)
		}
		h := http.Header{}
		blob.SetDownload(h, name, k)
		if v := h.Get("Content-Disposition"); !strings.HasPrefix(v, "attachment") || strings.ContainsAny(v, "\r\n\x00") {
			t.Fatalf("%q", v)
		}
		safe := blob.SafeName(name, k)
		if safe == "" || strings.ContainsAny(safe, "/\\\r\n\x00\u202e") || utf8.RuneCountInString(safe) > 150 {
			t.Fatalf("%q", safe)
		}
	})
}
