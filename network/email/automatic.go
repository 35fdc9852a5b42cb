package email

import (
	"regexp"
	"strings"
)

var autoSubject = regexp.MustCompile(`(?i)^\s*(automatic reply|auto(matic)?[ -]?(reply|response)|out of (the )?office|ateb awtomatig|freagairt fhèin-obrachail|automatische antwort|réponse automatique)\s*[:\-]`)

// automatic says why no person wrote a message, or "" when one may have. The
// order is from the surest sign to the weakest.
func automatic(h header, from mailbox) string {
	lower := func(name string) string { return strings.ToLower(h.get(name)) }
	kind, p := contentType(h)
	report := strings.ToLower(p["report-type"])
	nobody := h.has("return-path") && strings.TrimSpace(h.get("return-path")) == "<>"
	daemon := from.local == "mailer-daemon" || from.local == "postmaster" || strings.HasPrefix(from.local, "mailer-daemon")

	auto, _, _ := strings.Cut(lower("auto-submitted"), ";")
	auto, _, _ = strings.Cut(strings.TrimSpace(auto), " ")
	precedence := strings.TrimSpace(lower("precedence"))
	suppress := lower("x-auto-response-suppress")

	switch {
	case kind == "multipart/report" && (report == "delivery-status" || report == ""), h.has("x-failed-recipients"), daemon && nobody:
		return "bounce"
	case kind == "multipart/report": // read receipts, feedback reports
		return "auto-reply"
	case auto == "auto-replied", precedence == "auto_reply",
		h.has("x-autoreply"), h.has("x-autorespond"), h.has("x-autoreply-from"), h.has("x-autoresponder"),
		lower("x-precedence") == "auto_reply", autoSubject.MatchString(decodeWords(h.get("subject"))):
		return "auto-reply"
	case h.has("list-id"), h.has("list-post"), precedence == "list", h.has("x-mailing-list"):
		return "list"
	case daemon:
		return "bounce"
	case auto != "" && auto != "no":
		return "bulk"
	case precedence == "bulk", precedence == "junk", h.has("list-unsubscribe"), h.has("feedback-id"):
		return "bulk"
	case strings.Contains(suppress, "all"), strings.Contains(suppress, "oof"), strings.Contains(suppress, "autoreply"):
		return "auto-reply"
	case nobody:
		return "auto-reply"
	}
	return ""
}
