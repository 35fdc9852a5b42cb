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

// Example is a text whose answers are known. A head of which the answer is not
// known is -1.
type Example struct {
	Text    string
	Created string // RFC 3339 without zone, for splits by time; "" if unknown
	Labels  [heads]int
	Weight  float64 // how much it counts in training; 1 for a real message
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
	var at [heads]int
	for h := range heads {
		at[h] = slices.Index(header, h.String())
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
		e := Example{Text: fields[text], Weight: 1}
		if created >= 0 {
			e.Created = fields[created]
		}
		for h := range heads {
			e.Labels[h] = -1
			if at[h] < 0 || fields[at[h]] == "" {
				continue
			}
			if e.Labels[h] = h.class(fields[at[h]]); e.Labels[h] < 0 {
				return nil, fmt.Errorf("line %d: %s has no class %q", n, h, fields[at[h]])
			}
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
