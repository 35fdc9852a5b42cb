// Package fault makes errors that are meant for people.
//
// An error for a person is made where it is known, with a kind (what sort of
// trouble) and a sentence (what happened and what to do). Everything else is a
// plain wrapped error: the web turns it into "something went wrong" with a
// reference number, and the log keeps the cause. HTTP statuses exist only in
// platform/web.
package fault

import (
	"errors"
	"fmt"
)

// Kind says what sort of trouble an error is. It decides the HTTP status and
// the exit code, and nothing else does.
type Kind string

const (
	Invalid   Kind = "invalid"   // the input is wrong; the sentence says how to put it right
	NotFound  Kind = "not_found" // there is no such thing, or the caller may not know of it
	Forbidden Kind = "forbidden" // the caller is known and may not do this
	SignIn    Kind = "sign_in"   // the caller must sign in first
	Conflict  Kind = "conflict"  // somebody else changed it meanwhile
	TooLarge  Kind = "too_large" // over a stated limit
	TooMany   Kind = "too_many"  // over a rate limit; try again later
	Gone      Kind = "gone"      // it was there and has been removed
	Down      Kind = "down"      // something outside that we need does not answer
)

// Error is an error with a kind and a sentence for people. Field, when set,
// names the form field that is wrong. Cause, when set, is for the log only.
type Error struct {
	Kind     Kind
	Sentence string
	Field    string
	Cause    error
}

func (e *Error) Error() string {
	if e.Cause != nil {
		return fmt.Sprintf("%s: %s: %v", e.Kind, e.Sentence, e.Cause)
	}
	return fmt.Sprintf("%s: %s", e.Kind, e.Sentence)
}

func (e *Error) Unwrap() error { return e.Cause }

// New makes an error of a kind with a sentence for people.
func New(kind Kind, sentence string) *Error { return &Error{Kind: kind, Sentence: sentence} }

// Newf is New with formatting.
func Newf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Sentence: fmt.Sprintf(format, args...)}
}

// Field makes an Invalid error that belongs to one field of a form.
func Field(field, sentence string) *Error {
	return &Error{Kind: Invalid, Field: field, Sentence: sentence}
}

// Because attaches the cause, for the log.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Fields are several errors of one form, in the order of its fields.
type Fields []*Error

func (f Fields) Error() string {
	if len(f) == 0 {
		return "no field is wrong"
	}
	return f[0].Error()
}

// Err returns f as an error, or nil when nothing is wrong.
func (f Fields) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Add appends an error for a field.
func (f *Fields) Add(field, sentence string) { *f = append(*f, Field(field, sentence)) }

// Of returns the kind of err, or "" when err is not meant for people.
func Of(err error) Kind {
	var fields Fields
	if errors.As(err, &fields) && len(fields) > 0 {
		return Invalid
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

// Is reports whether err is of kind.
func Is(err error, kind Kind) bool { return err != nil && Of(err) == kind }

// Sentence returns what may be shown to a person: the sentence of the first
// Error in the chain, or "" when there is none.
func Sentence(err error) string {
	var fields Fields
	if errors.As(err, &fields) && len(fields) > 0 {
		return fields[0].Sentence
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Sentence
	}
	return ""
}
