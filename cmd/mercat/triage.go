package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"mercat.scot/mercat/app"
)

type triageCommand struct {
	Train triageTrain `cmd:"" help:"Learn the model anew from citizens’ reports."`
	Eval  triageEval  `cmd:"" help:"Measure the model on texts whose service is known."`
	Read  triageRead  `cmd:"" help:"Say what the model makes of a text."`
}

type triageTrain struct {
	Reports string `arg:"" help:"Tab-separated reports with the columns service, text and created; may be gzipped."`
	Out     string `default:"triage/model.bin.gz" placeholder:"FILE" help:"File to write."`
	Seed    uint64 `default:"1" help:"The same reports and seed give the same file."`
	JSON    bool   `name:"json" help:"Print what validation found as JSON."`
}

// Help stands beneath the command's usage.
func (triageTrain) Help() string {
	return "Takes about two minutes. The texts that come with Mercat are learned from too. Prints what rolling-origin validation found: models of the past measured on what came later, what officers’ corrections are worth, and by cross-validation how well urgency, tone and the need of an answer are read."
}

// Run learns a model.
func (t *triageTrain) Run(with *surroundings) error {
	var model bytes.Buffer
	found, err := app.TrainTriage(&model, t.Reports, t.Seed)
	if err != nil {
		return err
	}
	if err := os.WriteFile(t.Out, model.Bytes(), 0o644); err != nil {
		return err
	}
	if t.JSON {
		return printJSON(with.out, found)
	}
	for i, fold := range found.Folds {
		printf(with.out, "period %d: %s\n", i+1, fold)
	}
	printf(with.out, "together: %s\n", found.Pooled)
	printf(with.out, "calibrated on the periods before alone: %s\n", found.Ahead)
	for i, taught := range found.Taught {
		printf(with.out, "with corrections, period %d: accuracy %.3f instead of %.3f, macro-F1 %.3f instead of %.3f\n", i+1, taught.With, taught.Without, taught.F1With, taught.F1)
	}
	for _, h := range found.Heads {
		printf(with.out, "%s: accuracy %.3f, macro-F1 %.3f, calibration error %.3f", h.Head, h.Measured.Accuracy, h.Measured.MacroF1, h.Measured.Calibration)
		if h.Class != "" {
			printf(with.out, "; of %q %.0f %% are found, %.0f %% of what is called so is", h.Class, 100*h.Recall, 100*h.Precision)
		}
		printf(with.out, "\n")
	}
	printf(with.out, "%s: %d bytes\n", t.Out, model.Len())
	return nil
}

type triageEval struct {
	File  string `arg:"" help:"Tab-separated texts with the columns service and text; may be gzipped."`
	Model string `placeholder:"FILE" help:"A model that train wrote, in place of the one that Mercat brings along."`
	JSON  bool   `name:"json" help:"Print JSON."`
}

// Run measures a model.
func (e *triageEval) Run(with *surroundings) error {
	measured, err := app.MeasureTriage(e.File, e.Model)
	if err != nil {
		return err
	}
	if e.JSON {
		return printJSON(with.out, measured)
	}
	printf(with.out, "%s\n\n", measured)
	table := tabwriter.NewWriter(with.out, 0, 0, 2, ' ', 0)
	printf(table, "class\ttexts\tprecision\trecall\tF1\n")
	for _, c := range measured.Classes {
		printf(table, "%s\t%d\t%.3f\t%.3f\t%.3f\n", c.Class, c.Texts, c.Precision, c.Recall, c.F1)
	}
	return table.Flush()
}

type triageRead struct {
	Text []string `arg:"" help:"The text, or - for standard input."`
}

// Run reads one text.
func (t *triageRead) Run(with *surroundings) error {
	message := strings.Join(t.Text, " ")
	if message == "-" {
		b, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<20))
		if err != nil {
			return err
		}
		message = string(b)
	}
	r, sure, err := app.ReadByTriage(message)
	if err != nil {
		return err
	}
	answer := r.Service.Class
	if !sure {
		answer = "don’t know; perhaps " + answer
	}
	printf(with.out, "%s (%.0f %%)\n", answer, 100*r.Service.P)
	printf(with.out, "urgency: %s; needs no answer: %.0f %%; tone: %s\n", r.Urgency.Class, 100*r.NoNeed, r.Tone.Class)
	if len(r.Words) > 0 {
		printf(with.out, "because of: %s\n", strings.Join(r.Words, ", "))
	}
	return nil
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
