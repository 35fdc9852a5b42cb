package directory

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"

	"mercat.scot/mercat/platform/fault"
)

// The columns of a question; a service's questions stand in lines of their own
// below it, with its code.
var questionColumns = []string{"question_code", "question", "question_cy", "question_gd", "datatype", "required", "variable", "hint", "values"}

// writeCSV writes services as a table: a line for each, and below it one for
// each of its questions.
func writeCSV(w io.Writer, services []Service, o owners) error {
	all := fields()
	head := []string{"service_code"}
	for _, f := range all {
		head = append(head, f.name)
	}
	width := len(head)
	out := csv.NewWriter(w)
	if err := out.Write(append(head, questionColumns...)); err != nil {
		return fmt.Errorf("write services: %w", err)
	}
	for _, s := range services {
		row := make([]string, width+len(questionColumns))
		row[0] = s.Code
		for i, f := range all {
			row[i+1] = f.write(s, o)
		}
		if err := out.Write(row); err != nil {
			return fmt.Errorf("write services: %w", err)
		}
		for _, a := range s.Attributes {
			row := make([]string, width, width+len(questionColumns))
			row[0] = s.Code
			row = append(row, a.Code, a.Description, a.Welsh, a.Gaelic, string(a.Datatype), yesNo(a.Required), yesNo(a.Variable), a.DatatypeDescription, valueText(a.Values))
			if err := out.Write(row); err != nil {
				return fmt.Errorf("write services: %w", err)
			}
		}
	}
	out.Flush()
	return out.Error()
}

var errNoServices = fault.Field("file", "This is no table of services. Its first line must name at least the columns service_code and service_name; export the services to see how it looks.")

// readCSV reads what writeCSV writes. Columns that are not there say nothing.
func readCSV(data []byte) ([]draft, error) {
	in := bufio.NewReaderSize(bytes.NewReader(data), 1<<16)
	comma, err := separator(in)
	if err != nil {
		if err == errNoTable {
			err = errNoServices
		}
		return nil, err
	}
	rows := csv.NewReader(in)
	rows.Comma, rows.FieldsPerRecord, rows.LazyQuotes = comma, -1, true
	head, err := rows.Read()
	if err != nil {
		return nil, errNoServices
	}
	at := map[string]int{}
	for i, name := range head {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	if _, ok := at["service_code"]; !ok {
		return nil, errNoServices
	}
	var drafts []draft
	for {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return drafts, nil
		}
		if err != nil {
			return nil, tableError(err)
		}
		if len(drafts) > maxServices {
			return nil, errTooManyServices
		}
		line, _ := rows.FieldPos(0)
		drafts = readRow(drafts, line, at, row)
	}
}

func readRow(drafts []draft, line int, at map[string]int, row []string) []draft {
	cell := func(name string) string {
		if i, ok := at[name]; ok && i < len(row) {
			return strings.TrimSpace(row[i])
		}
		return ""
	}
	_, asks := at["question"]
	isQuestion := asks && (cell("question") != "" || cell("question_code") != "")
	code := cell("service_code")
	if code == "" && cell("service_name") == "" && !isQuestion {
		return drafts // an empty line
	}
	last := len(drafts) - 1
	if !isQuestion || last < 0 || drafts[last].code != code || cell("service_name") != "" {
		d := draft{line: line, code: code, columns: map[string]string{}}
		if asks {
			d.asks = new([]Attribute)
		}
		if isQuestion && cell("service_name") == "" {
			d.wrong = append(d.wrong, LineProblem{line, "This question does not stand below its service: put the service’s own line before it."})
		} else {
			for _, f := range fields() {
				if _, ok := at[f.name]; ok {
					d.columns[f.name] = cell(f.name)
				}
			}
		}
		drafts, last = append(drafts, d), last+1
	}
	if !isQuestion {
		return drafts
	}
	d := &drafts[last]
	a := Attribute{Code: cell("question_code"), Description: cell("question"), Welsh: cell("question_cy"), Gaelic: cell("question_gd"), Datatype: Datatype(strings.ToLower(cell("datatype"))),
		DatatypeDescription: cell("hint"), Values: readValueText(cell("values")), Order: len(*d.asks) + 1, Variable: true}
	var err error
	if a.Required, err = readYes("required", cell("required")); err != nil {
		d.wrong = append(d.wrong, LineProblem{line, fault.Sentence(err)})
	}
	if cell("variable") != "" {
		if a.Variable, err = readYes("variable", cell("variable")); err != nil {
			d.wrong = append(d.wrong, LineProblem{line, fault.Sentence(err)})
		}
	}
	*d.asks = append(*d.asks, a)
	return drafts
}
