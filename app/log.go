package app

import (
	"context"
	"io"
	"log/slog"

	"mercat.scot/mercat/platform/fault"
)

// NewLog writes structured lines to w. Format is "text" or "json", level one of
// slog's names.
func NewLog(w io.Writer, format string, level slog.Level) *slog.Logger {
	o := &slog.HandlerOptions{Level: level}
	if format == "json" {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}

// quietJobs keeps what the job queue says about its own housekeeping out of the
// log: every line of River below a warning.
func quietJobs(log *slog.Logger) *slog.Logger {
	return slog.New(above{log.Handler(), slog.LevelWarn})
}

// above passes on what is at least as grave as its level.
type above struct {
	slog.Handler
	least slog.Level
}

func (h above) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}
func (h above) WithAttrs(a []slog.Attr) slog.Handler { return above{h.Handler.WithAttrs(a), h.least} }
func (h above) WithGroup(name string) slog.Handler   { return above{h.Handler.WithGroup(name), h.least} }

// dropAddresses keeps what net/http says about broken connections, which names
// the visitor's address, out of the log, and leaves that it happened.
type dropAddresses struct{ slog.Handler }

func (h dropAddresses) Handle(ctx context.Context, r slog.Record) error {
	said := slog.NewRecord(r.Time, r.Level, "a connection broke or spoke no HTTP", r.PC)
	return h.Handler.Handle(ctx, said)
}

// Sentence says what went wrong to whoever started the program: the sentence
// meant for people and, since an operator reads it, the cause.
func Sentence(err error) string {
	sentence := fault.Sentence(err)
	if sentence == "" {
		return err.Error()
	}
	return sentence
}
