package app

import (
	"fmt"
	"os"

	"mercat.scot/mercat/expect"
	"mercat.scot/mercat/platform/fault"
)

// MeasuredDates is how good the dates are that would have been said.
type MeasuredDates struct {
	File    string            `json:"file"`
	Columns map[string]string `json:"columns"`
	Rows    int               `json:"rows"`
	Unread  int               `json:"unread"`
	Instant int               `json:"closed_no_later_than_opened"`
	expect.Result
}

// MeasureDates measures honest dates on a history: a table with a line per case.
//
// Errors: fault.Invalid when the file is no such table.
func MeasureDates(path string, nation string, every int) (MeasuredDates, error) {
	if !expect.Nation(nation).Valid() {
		return MeasuredDates{}, fault.New(fault.Invalid, "Bank holidays are known of scotland, england and wales.")
	}
	file, err := os.Open(path)
	if err != nil {
		return MeasuredDates{}, fault.Newf(fault.Invalid, "The file %s cannot be opened.", path)
	}
	defer func() { _ = file.Close() }()
	table, err := expect.ReadCSV(file, expect.NewCalendar(expect.Nation(nation), nil))
	if err != nil {
		return MeasuredDates{}, fmt.Errorf("%s: %w", path, err)
	}
	return MeasuredDates{
		File: path, Columns: table.Columns, Rows: table.Rows, Unread: table.Unread, Instant: table.Instant,
		Result: expect.Evaluate(table, every),
	}, nil
}
