package app

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

const (
	recordPath  = "/record"
	recordRows  = 50
	verifyTakes = 10 * time.Minute // longest check from a page; the command line has no limit
)

func (a *App) recordRoutes(rt *web.Router) {
	rt.Handle("GET "+recordPath, staff.AnyRole(), a.showRecord)
	rt.Handle("GET "+recordPath+"/verify", staff.MayAdminister(), a.showVerify)
	rt.Handle("POST "+recordPath+"/verify", staff.MayAdminister(), a.verify, web.Deadline(verifyTakes))
	rt.Handle("GET "+recordPath+"/verify/live", staff.MayAdminister(), a.verifyLive, web.Live())
}

// recordView is a page of the record.
type recordView struct {
	about   record.Subject // whose entries these are; zero for everybody's
	before  int64
	entries []record.Kept
	older   int64 // where the next page begins, 0 when there is none
	names   names
	mayAsk  bool // may check the whole record
}

func (a *App) showRecord(w http.ResponseWriter, r *http.Request) error {
	v, err := readRecordView(r.URL.Query())
	if err != nil {
		return err
	}
	err = a.db.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		var err error
		if v.names, err = a.namesTx(ctx, tx); err != nil {
			return err
		}
		// One more than is shown tells whether there are older ones.
		if v.about == (record.Subject{}) {
			v.entries, err = record.Latest(ctx, tx, v.before, recordRows+1)
		} else {
			v.entries, err = record.About(ctx, tx, v.about, v.before, recordRows+1)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(v.entries) > recordRows {
		v.entries = v.entries[:recordRows]
		v.older = v.entries[recordRows-1].Number
	}
	v.mayAsk = staff.Role(web.MustViewer(r.Context()).Role).MayAdminister()
	return web.Render(w, r, http.StatusOK, recordPage(v))
}

func readRecordView(q url.Values) (recordView, error) {
	var v recordView
	var err error
	if text := q.Get("before"); text != "" {
		if v.before, err = strconv.ParseInt(text, 10, 64); err != nil || v.before <= 0 {
			return v, errRecordAddress
		}
	}
	if kind := q.Get("kind"); kind != "" {
		id, err := strconv.ParseInt(q.Get("id"), 10, 64)
		if err != nil {
			return v, errRecordAddress
		}
		v.about = record.Subject{Kind: kind, ID: id}
	}
	return v, nil
}

var errRecordAddress = fault.New(fault.NotFound, "There is no such page of the record. Begin again at its newest entries.")

// url is the address of the record with these choices.
func (v recordView) url(about record.Subject, before int64) string {
	q := url.Values{}
	if about != (record.Subject{}) {
		q.Set("kind", about.Kind)
		q.Set("id", strconv.FormatInt(about.ID, 10))
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	if len(q) == 0 {
		return recordPath
	}
	return recordPath + "?" + q.Encode()
}

func (v recordView) newestURL() string {
	if v.before == 0 {
		return ""
	}
	return v.url(v.about, 0)
}

func (v recordView) olderURL() string {
	if v.older == 0 {
		return ""
	}
	return v.url(v.about, v.older)
}

func (a *App) showVerify(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, verifyPage(nil))
}

// verify checks the record while the browser waits, for browsers without the
// script.
func (a *App) verify(w http.ResponseWriter, r *http.Request) error {
	report, err := record.Verify(r.Context(), a.db, nil)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, verifyPage(&report))
}

// verifying is a moment of a check: how far it is, or what it found.
type verifying struct {
	done, of int64
	report   *record.Report
	err      error
}

// verifyLive checks the record while the browser watches, and ends when the
// browser leaves.
func (a *App) verifyLive(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	moments := make(chan verifying, 1)
	go func() {
		defer close(moments)
		report, err := record.Verify(ctx, a.db, everyMoment(a.now, func(done, of int64) {
			select {
			case moments <- verifying{done: done, of: of}:
			default: // the browser has not seen the last one yet
			}
		}))
		last := verifying{report: &report, err: err}
		select {
		case moments <- last:
		case <-ctx.Done():
		}
	}()
	return web.Stream(w, r, moments, func(ctx context.Context, m verifying) ([]web.Event, error) {
		switch {
		case m.err != nil:
			return nil, fmt.Errorf("verify the record: %w", m.err)
		case m.report != nil:
			return []web.Event{{Part: verifyResult(*m.report)}, {Name: "verified"}}, nil
		}
		return []web.Event{{Part: verifyProgress(m.done, m.of)}}, nil
	})
}

// everyMoment lets progress through a few times a second.
func everyMoment(now func() time.Time, f func(done, of int64)) func(done, of int64) {
	last := now()
	return func(done, of int64) {
		if at := now(); at.Sub(last) >= 200*time.Millisecond {
			last = at
			f(done, of)
		}
	}
}
