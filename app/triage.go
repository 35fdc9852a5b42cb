package app

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/triage"
)

// TrainTriage learns a model from a file of citizens' reports and writes it.
//
// Errors: fault.Invalid when the file is not as it must be.
func TrainTriage(to io.Writer, reports string, seed uint64) (triage.Validation, error) {
	examples, err := readExamples(reports)
	if err != nil {
		return triage.Validation{}, err
	}
	return triage.Train(to, examples, seed)
}

// MeasureTriage measures a model, "" for the one that Mercat brings along, on a
// file of texts whose service is known.
//
// Errors: fault.Invalid when the file is not as it must be.
func MeasureTriage(file, model string) (triage.Measured, error) {
	examples, err := readExamples(file)
	if err != nil {
		return triage.Measured{}, err
	}
	m, err := openModel(model)
	if err != nil {
		return triage.Measured{}, err
	}
	judged, names := m.Judge(examples)
	if len(judged) == 0 {
		return triage.Measured{}, fault.Newf(fault.Invalid, "%s has no text whose service is known. It needs the columns service and text.", file)
	}
	return triage.Measure(judged, names, m.Threshold), nil
}

// ReadByTriage reads a text; sure is false for "don't know".
func ReadByTriage(text string) (r triage.Reading, sure bool, err error) {
	m, err := triage.Default()
	if err != nil {
		return r, false, err
	}
	r = m.Read(text)
	return r, r.Service.P >= m.Threshold, nil
}

func openModel(path string) (*triage.Model, error) {
	if path == "" {
		return triage.Default()
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return triage.Load(f)
}

// readExamples reads a corpus, gzipped or not.
func readExamples(path string) ([]triage.Example, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var head [2]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	var r io.Reader = f
	if n == 2 && head == [2]byte{0x1f, 0x8b} {
		z, err := gzip.NewReader(f)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		defer z.Close()
		r = z
	}
	examples, err := triage.ReadTSV(r)
	if err != nil {
		return nil, fault.Newf(fault.Invalid, "%s: %v.", path, err)
	}
	return examples, nil
}
