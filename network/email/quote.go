package email

import (
	"regexp"
	"strings"

	"mercat.scot/mercat/platform/text"
)

// htmlText is markup as plain text, "" for none.
func htmlText(markup string) string {
	if strings.TrimSpace(markup) == "" {
		return ""
	}
	return text.HTMLToText(markup)
}

// unflow joins the soft line breaks of format=flowed (RFC 3676).
func unflow(s string, delSp bool) string {
	var out strings.Builder
	out.Grow(len(s))
	open, openDepth := false, 0 // a paragraph waits for its next line
	for line := range strings.SplitSeq(strings.TrimSuffix(s, "\n"), "\n") {
		line = strings.TrimSuffix(line, "\r")
		depth := 0
		for depth < len(line) && line[depth] == '>' {
			depth++
		}
		words := strings.TrimPrefix(line[depth:], " ") // space-stuffing
		if !open || depth != openDepth {
			if out.Len() > 0 {
				out.WriteByte('\n')
			}
			if depth > 0 {
				out.WriteString(strings.Repeat(">", depth))
				out.WriteByte(' ')
			}
		}
		open, openDepth = strings.HasSuffix(words, " ") && words != "-- ", depth
		if open && delSp {
			words = words[:len(words)-1]
		}
		out.WriteString(words)
	}
	return out.String()
}

// attributions are the lines that programs put over the words that they quote,
// by their beginning and what must come later. They end with a colon. Plain
// comparisons: an expression with repeats takes too long on hostile text.
func attributions() [][2]string {
	return [][2]string{
		{"on ", " wrote"}, {"ar ", " ysgrifennodd"}, {"sgrìobh ", ""}, {"sgriobh ", ""}, {"air ", " sgrìobh"},
		{"am ", " schrieb"}, {"le ", " a écrit"}, {"el ", " escribió"}, {"il ", " ha scritto"},
		{"w dniu ", " pisze"}, {"w dniu ", " napisał"}, {"20", "@"},
	}
}

func attributed(line string) bool {
	line = strings.ToLower(line)
	for _, a := range attributions() {
		if rest, ok := strings.CutPrefix(line, a[0]); ok && strings.Contains(rest, a[1]) {
			return true
		}
	}
	return false
}

var (
	divider     = regexp.MustCompile(`(?i)^-{2,} ?(original message|ursprüngliche nachricht|message d'origine|mensaje original|neges wreiddiol|teachdaireachd thùsail) ?-{2,}$`)
	underscores = regexp.MustCompile(`^_{20,}$`)
	headerLine  = regexp.MustCompile(`(?i)^\*?(from|sent|to|cc|date|subject|oddi wrth|anfonwyd|at|pwnc|bho|cuspair|von|gesendet|an|betreff|de|envoyé|à|objet)\*?\s?:\*?\s`)
	forwarded   = regexp.MustCompile(`(?im)^(-{3,} ?forwarded message ?-{3,}|begin forwarded message:)\s*$`)
	forward     = regexp.MustCompile(`(?i)^\s*(fwd?|wg|tr|rv|vs|ymlaen)\s*:`)
)

// newWords returns the part of a reply that its author wrote, and whether a
// quoted tail was taken away. It takes away only what is plainly a tail: an
// answer written between the quoted lines, or under them, stays whole.
func newWords(s string) (words string, cut bool) {
	if forwarded.MatchString(s) {
		return s, false
	}
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t\r")
	}
	at := tail(lines)
	if at < 0 {
		return s, false
	}
	for at > 0 && lines[at-1] == "" {
		at--
	}
	words = strings.Join(lines[:at], "\n")
	if strings.TrimSpace(words) == "" {
		return s, false
	}
	return words, true
}

// maxTailLines is how far down a tail may begin.
const maxTailLines = 5000

// tail returns the line at which the quoted tail begins, or -1.
func tail(lines []string) int {
	for i, line := range lines[:min(len(lines), maxTailLines)] {
		switch {
		case line == "", len(line) > 1000:
		case divider.MatchString(line):
			return i
		case underscores.MatchString(line) && headerBlock(lines[i+1:]):
			return i
		case headerLine.MatchString(line) && (i == 0 || lines[i-1] == "") && headerBlock(lines[i:]):
			return i
		case line[0] == '>':
			// Quoted lines without a word over them.
			if onlyQuoted(lines[i:]) {
				return i
			}
			return -1
		default:
			if n := isAttribution(lines, i); n > 0 {
				if onlyQuoted(lines[i+n:]) {
					return i
				}
				return -1
			}
		}
	}
	return -1
}

// isAttribution returns how many lines from i on are an attribution, 0 for
// none. Programs fold long ones.
func isAttribution(lines []string, i int) int {
	joined := ""
	for n := 1; n <= 3 && i+n <= len(lines); n++ {
		line := lines[i+n-1]
		if line == "" || len(joined)+len(line) > 700 || line[0] == '>' {
			return 0
		}
		joined = strings.TrimSpace(joined + " " + line)
		if strings.HasSuffix(line, ":") {
			if attributed(joined) {
				return n
			}
			// Whatever its language: one line that ends with a colon and has an
			// address in it, right over quoted lines.
			if n == 1 && strings.Contains(line, "@") && nextWord(lines[i+1:], ">") {
				return n
			}
			return 0
		}
	}
	return 0
}

func nextWord(lines []string, prefix string) bool {
	for _, line := range lines {
		if line != "" {
			return strings.HasPrefix(line, prefix)
		}
	}
	return false
}

// onlyQuoted reports whether nothing but quoted lines follows. Text that came
// from HTML has no marks at all; then all of it is the tail.
func onlyQuoted(lines []string) bool {
	quoted, plain := 0, 0
	for _, line := range lines {
		switch {
		case line == "":
		case line[0] == '>':
			quoted++
		default:
			plain++
		}
	}
	return quoted == 0 || plain == 0
}

// headerBlock reports whether lines begin with the header of a quoted message
// as Outlook writes it: three or more of From, Sent, To, Subject in a row.
func headerBlock(lines []string) bool {
	n := 0
	for _, line := range lines[:min(len(lines), 8)] {
		switch {
		case headerLine.MatchString(line + " "):
			n++
		case line == "" && n > 0:
			return n >= 3
		case line != "" && n == 0:
			return false
		}
	}
	return n >= 3
}
