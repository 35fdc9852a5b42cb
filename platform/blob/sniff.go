package blob

import (
	"bytes"
	"mime"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"mercat.scot/mercat/platform/text"
)

// Class is what may be done with a file.
type Class string

const (
	Picture  Class = "picture"  // Photos can make it safe to show
	Document Class = "document" // offered for download
	Audio    Class = "audio"    // offered for download
	Video    Class = "video"    // offered for download
	Plain    Class = "plain"    // text, calendars, contacts: offered for download
	Unknown  Class = "unknown"  // offered for download, with a warning
	Program  Class = "program"  // could run on the officer's computer: not offered
)

// Kind is what a file is, by its bytes.
type Kind struct {
	ContentType string // never one that a browser would run
	Class       Class
	Extension   string // with its full stop; "" when none is known
}

// SniffLen is how many of a file's first bytes Sniff looks at.
const SniffLen = 4096

// Sniff says what a file is by its first bytes. Its name is believed only
// between kinds that look the same from outside (Word, Excel), and when it
// admits to a program.
func Sniff(name string, head []byte) Kind {
	head = head[:min(len(head), SniffLen)]
	unknown := Kind{"application/octet-stream", Unknown, ""}
	ext := strings.ToLower(path.Ext(strings.TrimRight(name, ". ")))
	if program(ext, head) {
		return Kind{"application/octet-stream", Program, ext}
	}
	has := func(at int, magic string) bool {
		return len(head) >= at && bytes.HasPrefix(head[at:], []byte(magic))
	}
	switch {
	case has(0, "\xff\xd8\xff"):
		return Kind{"image/jpeg", Picture, ".jpg"}
	case has(0, "\x89PNG\r\n\x1a\n"):
		return Kind{"image/png", Picture, ".png"}
	case has(0, "GIF87a"), has(0, "GIF89a"):
		return Kind{"image/gif", Picture, ".gif"}
	case has(0, "RIFF") && has(8, "WEBP"):
		return Kind{"image/webp", Picture, ".webp"}
	case has(0, "RIFF") && has(8, "WAVE"):
		return Kind{"audio/wav", Audio, ".wav"}
	case has(0, "RIFF") && has(8, "AVI "):
		return Kind{"video/x-msvideo", Video, ".avi"}
	case has(4, "ftyp"):
		return isoMedia(head)
	case has(0, "\x1a\x45\xdf\xa3"):
		return Kind{"video/webm", Video, ".webm"}
	case has(0, "OggS"):
		return Kind{"audio/ogg", Audio, ".ogg"}
	case has(0, "fLaC"):
		return Kind{"audio/flac", Audio, ".flac"}
	case has(0, "ID3"), has(0, "\xff\xfb"), has(0, "\xff\xf3"):
		return Kind{"audio/mpeg", Audio, ".mp3"}
	case has(0, "#!AMR"):
		return Kind{"audio/amr", Audio, ".amr"}
	case has(0, "%PDF-"):
		return Kind{"application/pdf", Document, ".pdf"}
	case has(0, `{\rtf`):
		return Kind{"application/rtf", Document, ".rtf"}
	case has(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return office(ext, ".doc", ".xls", ".ppt")
	case has(0, "PK\x03\x04"):
		return zipped(ext, head)
	case bytes.HasPrefix(bytes.ToUpper(bytes.TrimLeft(head, "\ufeff \r\n")), []byte("BEGIN:VCALENDAR")):
		return Kind{"text/calendar; charset=utf-8", Plain, ".ics"}
	case bytes.HasPrefix(bytes.ToUpper(bytes.TrimLeft(head, "\ufeff \r\n")), []byte("BEGIN:VCARD")):
		return Kind{"text/vcard; charset=utf-8", Plain, ".vcf"}
	case plainText(head):
		if ext == ".csv" {
			return Kind{"text/csv; charset=utf-8", Plain, ".csv"}
		}
		return Kind{"text/plain; charset=utf-8", Plain, ".txt"}
	}
	return unknown
}

// isoMedia tells the kinds of the ISO base media format by their brand.
func isoMedia(head []byte) Kind {
	if len(head) < 12 {
		return Kind{"application/octet-stream", Unknown, ""}
	}
	switch brand := string(head[8:12]); brand {
	case "heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1":
		return Kind{"image/heic", Document, ".heic"}
	case "avif", "avis":
		return Kind{"image/avif", Document, ".avif"}
	case "M4A ", "M4B ":
		return Kind{"audio/mp4", Audio, ".m4a"}
	case "qt  ":
		return Kind{"video/quicktime", Video, ".mov"}
	}
	return Kind{"video/mp4", Video, ".mp4"}
}

func office(ext string, known ...string) Kind {
	for _, k := range known {
		if ext == k {
			return Kind{mimeOf(k), Document, k}
		}
	}
	return Kind{"application/octet-stream", Unknown, ""}
}

func zipped(ext string, head []byte) Kind {
	switch {
	case bytes.Contains(head, []byte("mimetypeapplication/vnd.oasis.opendocument.")):
		return office(ext, ".odt", ".ods", ".odp")
	case bytes.Contains(head, []byte("[Content_Types].xml")), bytes.Contains(head, []byte("_rels/.rels")):
		// Their siblings with macros (.docm, .xlsm) are programs by their names.
		return office(ext, ".docx", ".xlsx", ".pptx")
	}
	return Kind{"application/zip", Unknown, ".zip"}
}

func mimeOf(ext string) string {
	const open, ms = "application/vnd.oasis.opendocument.", "application/vnd.openxmlformats-officedocument."
	switch ext {
	case ".doc":
		return "application/msword"
	case ".xls":
		return "application/vnd.ms-excel"
	case ".ppt":
		return "application/vnd.ms-powerpoint"
	case ".odt":
		return open + "text"
	case ".ods":
		return open + "spreadsheet"
	case ".odp":
		return open + "presentation"
	case ".docx":
		return ms + "wordprocessingml.document"
	case ".xlsx":
		return ms + "spreadsheetml.sheet"
	}
	return ms + "presentationml.presentation"
}

// program reports whether a file could run on the computer of whoever opens it:
// executables by their bytes, and what Windows runs by its name.
func program(ext string, head []byte) bool {
	for _, magic := range []string{"MZ", "\x7fELF", "#!/", "\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "\xce\xfa\xed\xfe", "L\x00\x00\x00\x01\x14\x02\x00"} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return true
		}
	}
	switch ext {
	case ".exe", ".com", ".scr", ".pif", ".bat", ".cmd", ".ps1", ".psm1", ".vbs", ".vbe", ".js", ".jse", ".mjs", ".wsf", ".wsh",
		".hta", ".msi", ".msp", ".msix", ".cpl", ".dll", ".jar", ".lnk", ".url", ".reg", ".inf", ".scf", ".iso", ".img", ".vhd",
		".vhdx", ".chm", ".apk", ".app", ".command", ".sh", ".desktop", ".docm", ".dotm", ".xlsm", ".xltm", ".xlam", ".xll",
		".pptm", ".ppam", ".one", ".library-ms", ".settingcontent-ms":
		return true
	}
	return false
}

// plainText reports whether head is text without markup that a browser might
// take for a page.
func plainText(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	if len(head) == SniffLen { // the end may stand in the middle of a rune
		for range utf8.UTFMax - 1 {
			if r, size := utf8.DecodeLastRune(head); r != utf8.RuneError || size != 1 {
				break
			}
			head = head[:len(head)-1]
		}
	}
	if !utf8.Valid(head) {
		return false
	}
	for _, r := range string(head) {
		if unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' && r != '\f' {
			return false
		}
	}
	start := bytes.TrimLeft(head, "\ufeff \t\r\n\f")
	return !bytes.HasPrefix(start, []byte("<"))
}

// SafeName makes a foreign file name fit to be offered: its last part, on one
// line, without signs that systems read as something else, at most 100 runes,
// and with the extension that its kind has.
func SafeName(name string, kind Kind) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name, _ = text.CleanLine(name, 200)
	name = strings.Trim(strings.Map(func(r rune) rune {
		if strings.ContainsRune(`<>:"|?*%;`, r) {
			return '_'
		}
		return r
	}, name), ". ")
	ext := path.Ext(name)
	stem := strings.TrimSuffix(name, ext)
	same := kind.Extension == "" || strings.EqualFold(ext, kind.Extension) ||
		kind.Extension == ".jpg" && strings.EqualFold(ext, ".jpeg")
	switch {
	case same:
	case kind.Class == Picture && pictureEnding(ext):
		ext = kind.Extension // pic.png that was encoded anew is pic.jpg
	default:
		stem, ext = name, kind.Extension
	}
	stem, _ = text.CleanLine(stem, 100-min(50, utf8.RuneCountInString(ext)))
	if stem == "" {
		stem = "file"
	}
	if utf8.RuneCountInString(ext) > 50 {
		ext = ""
	}
	return stem + ext
}

func pictureEnding(ext string) bool {
	switch strings.ToLower(ext) {
	case ".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".avif", ".bmp", ".tif", ".tiff":
		return true
	}
	return false
}

// SetDownload sets the headers under which a foreign file may be served: it is
// saved, never shown, and were it shown nonetheless it could do nothing.
func SetDownload(h http.Header, name string, kind Kind) {
	h.Set("Content-Type", kind.ContentType)
	disposition := mime.FormatMediaType("attachment", map[string]string{"filename": SafeName(name, kind)})
	if disposition == "" {
		disposition = "attachment"
	}
	h.Set("Content-Disposition", disposition)
	harmless(h)
}

// SetPicture sets the headers under which a picture that Photos made is served.
// It never changes, for its key is its content.
func SetPicture(h http.Header, contentType string) {
	h.Set("Content-Type", contentType)
	h.Set("Content-Disposition", "inline")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	harmless(h)
}

func harmless(h http.Header) {
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
