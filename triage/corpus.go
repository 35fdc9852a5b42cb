package triage

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

//go:embed texts/*.tsv
var ownTexts embed.FS

// Example is a text for learning or measuring.
type Example struct {
	Text    string
	Created string // RFC 3339 without zone, for splits by time; "" if unknown
	// Places in [Services], [Urgencies], [Answers] and [Tones]; -1 if unknown.
	Service, Urgency, Answer, Tone int
}

// label is what an example says about a head; -1 for nothing.
func (e *Example) label(head int) *int {
	return []*int{&e.Service, &e.Urgency, &e.Answer, &e.Tone}[head]
}

// Unlabelled is a text about which nothing is known.
func Unlabelled(text string) Example {
	return Example{Text: text, Service: -1, Urgency: -1, Answer: -1, Tone: -1}
}

// maxLine bounds a line of a corpus, in bytes.
const maxLine = 1 << 20

// ReadTSV reads examples from tab-separated text. Columns are found by the
// names in its first line: text is needed; service, urgency, answer, tone and
// created are taken where they are. It fails on a class it does not know, with
// the line's number.
func ReadTSV(r io.Reader) ([]Example, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("the file is empty"), lines.Err())
	}
	header := strings.Split(strings.TrimPrefix(strings.TrimRight(lines.Text(), "\r"), "\ufeff"), "\t")
	text, created := slices.Index(header, "text"), slices.Index(header, "created")
	if text < 0 {
		return nil, fmt.Errorf("no column is called text; there are %s", strings.Join(header, ", "))
	}
	var out []Example
	for n := 2; lines.Scan(); n++ {
		fields := strings.Split(strings.TrimRight(lines.Text(), "\r"), "\t")
		if len(fields) == 1 && fields[0] == "" {
			continue
		}
		if len(fields) != len(header) {
			return nil, fmt.Errorf("line %d has %d columns, the first has %d", n, len(fields), len(header))
		}
		e := Unlabelled(fields[text])
		if created >= 0 {
			e.Created = fields[created]
		}
		for i, h := range heads {
			column := slices.Index(header, h.name)
			if column < 0 || fields[column] == "" {
				continue
			}
			class := slices.Index(h.classes, fields[column])
			if class < 0 {
				return nil, fmt.Errorf("line %d: there is no %s %q", n, h.name, fields[column])
			}
			*e.label(i) = class
		}
		out = append(out, e)
	}
	return out, lines.Err()
}

// OwnTexts are the texts that this package brings along: what British councils
// are asked and the reports of a city abroad lack.
func OwnTexts() ([]Example, error) {
	files, err := ownTexts.ReadDir("texts")
	if err != nil {
		return nil, err
	}
	var out []Example
	for _, file := range files {
		f, err := ownTexts.Open("texts/" + file.Name())
		if err != nil {
			return nil, err
		}
		examples, err := ReadTSV(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file.Name(), err)
		}
		out = append(out, examples...)
	}
	return out, nil
}
