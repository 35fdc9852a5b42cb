package casework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/netip"
	"slices"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// public reports whether everybody may see that there is the case: its service
// is offered to the public and nobody has hidden it.
func (c Case) public(service directory.Service) bool {
	return c.ServiceID != 0 && service.ID == c.ServiceID && service.Public && service.Active && !c.Hidden
}

func reportURL(reference string) string { return "/reports/" + reference }

// Public is a case as everybody may see it: nothing that the citizen wrote is
// part of it, the place's name is the gazetteer's, and the point is rounded to
// about ten metres.
type Public struct {
	Reference      string
	ServiceID      int64
	Service        string
	Place          string // the nearest place of the gazetteer, or the area
	AreaID         int64
	Lat, Lon       float64 // 0, 0 when unknown
	State          State
	Reason         Reason
	ScheduledAt    time.Time
	HalfAt, MostAt time.Time
	MeToo          int64 // how many others it is for
	CreatedAt      time.Time
	ChangedAt      time.Time
	EndedAt        time.Time
	Steps          []Step  // states and times; only with Report
	Photos         []Photo // of ours, that an officer released; only with Report
}

// publicOf is what everybody may see of a case.
func publicOf(c Case, snapshot *directory.Snapshot) Public {
	p := Public{Reference: c.Reference, ServiceID: c.ServiceID, Service: snapshot.ServiceName(c.ServiceID), AreaID: c.AreaID, State: c.State, Reason: c.Reason,
		ScheduledAt: c.ScheduledAt, HalfAt: c.HalfAt, MostAt: c.MostAt, MeToo: c.MeToo, CreatedAt: c.CreatedAt, ChangedAt: c.ChangedAt, EndedAt: c.EndedAt}
	if c.Located() {
		p.Lat, p.Lon = roundPublic(c.Lat), roundPublic(c.Lon)
		if place, ok := snapshot.Nearest(c.Lat, c.Lon); ok {
			p.Place = place.Label()
		}
	}
	if p.Place == "" {
		for _, area := range snapshot.Areas() {
			if area.ID == c.AreaID {
				p.Place = area.Name
			}
		}
	}
	return p
}

// roundPublic keeps about ten metres.
func roundPublic(d float64) float64 { return math.Round(d*1e4) / 1e4 }

// PublicQuery is what somebody wants to see of the open reports.
type PublicQuery struct {
	ServiceID int64
	AreaID    int64
	State     State // "" is every open one
	Before    Key   // CreatedAt and id of the last one seen
	Limit     int   // 0 is 50
}

// publicRounds bounds how much is looked through for reports that may be shown.
const publicRounds = 20

// Reports returns a page of what is open and may be seen by everybody, newest
// first, and where the next begins: zero when there is none.
func (s *Service) Reports(ctx context.Context, q PublicQuery) (list []Public, next Key, err error) {
	if q.Limit <= 0 {
		q.Limit = usualLimit
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, next = nil, Key{}
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		at := q.Before
		for range publicRounds {
			page, err := openCases(ctx, tx, q, at, 4*usualLimit)
			if err != nil {
				return err
			}
			for _, c := range page {
				service, _ := snapshot.Service(c.ServiceID)
				if c.public(service) && (q.State == "" || c.State == q.State) {
					if len(list) == q.Limit {
						next = at
						return nil
					}
					list = append(list, publicOf(c, snapshot))
				}
				at = Key{c.CreatedAt, c.ID}
			}
			if len(page) < 4*usualLimit {
				return nil
			}
		}
		next = at
		return nil
	})
	if err != nil {
		return nil, Key{}, fmt.Errorf("list what is open: %w", err)
	}
	return list, next, nil
}

var errNoReport = fault.New(fault.NotFound, "There is no such report, or it is not shown to everybody.")

// Report is one of them, open or not.
//
// Errors: fault.NotFound.
func (s *Service) Report(ctx context.Context, reference string) (Public, error) {
	var p Public
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, snapshot, err := s.reportTx(ctx, tx, reference)
		if err != nil {
			return err
		}
		p = publicOf(c, snapshot)
		steps, err := stood(ctx, tx, c.ID)
		for _, st := range steps {
			p.Steps = append(p.Steps, Step{ID: st.ID, At: st.At, State: st.State, Reason: st.Reason})
		}
		if err != nil {
			return err
		}
		photos, _, err := photosOf(ctx, tx, c.ID)
		p.Photos = slices.DeleteFunc(photos, func(photo Photo) bool { return !photo.Public() })
		return err
	})
	if err != nil {
		return Public{}, fmt.Errorf("read a report: %w", err)
	}
	return p, nil
}

func (s *Service) reportTx(ctx context.Context, tx *db.Tx, reference string) (Case, *directory.Snapshot, error) {
	reference, err := secret.ParseReference(reference)
	if err != nil {
		return Case{}, nil, errNoReport
	}
	c, err := caseByReference(ctx, tx, reference)
	if err != nil {
		return Case{}, nil, err
	}
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return Case{}, nil, err
	}
	service, _ := snapshot.Service(c.ServiceID)
	if !c.public(service) {
		return Case{}, nil, errNoReport
	}
	return c, snapshot, nil
}

// meTooFor is how long the hash of a "me too" is kept: it is there so that one
// tap counts once on its day, and for nothing else.
const meTooFor = 24 * time.Hour

// MeToo counts one more for whom a report is, once a day for each address (of an
// IPv6 network: each household). again reports that it counted before. Nothing of
// the address is kept but a hash with a salt that is thrown away with the day.
//
// Errors: fault.NotFound; fault.Conflict when it is not open.
func (s *Service) MeToo(ctx context.Context, reference string, from netip.Addr) (again bool, err error) {
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		c, _, err := s.reportTx(ctx, tx, reference)
		if err != nil {
			return err
		}
		if c.State.Ended() {
			return fault.New(fault.Conflict, "This report is closed. If it is not right, please report it anew.")
		}
		salt, err := saltOf(ctx, tx, tx.Now.UTC().Format(time.DateOnly))
		if err != nil {
			return err
		}
		sum := sha256.Sum256([]byte(salt + " " + household(from) + " " + c.Reference))
		fresh, err := insertMeToo(ctx, tx, c.ID, hex.EncodeToString(sum[:16]))
		if again = !fresh; err != nil || again {
			return err
		}
		if err := forgetMeToo(ctx, tx, tx.Now.Add(-meTooFor)); err != nil {
			return err
		}
		// Not through saveTx: a tap by anybody must not take a form from the hands
		// of the officer who has the case open.
		if err := countMeToo(ctx, tx, c.ID); err != nil {
			return err
		}
		err = record.Append(ctx, tx, record.Entry{Actor: record.Actor{Kind: record.Citizen, Name: "Somebody on the public page"}, Act: "casework.case.me_too",
			Subject: c.Subject(), Before: map[string]any{"me_too": c.MeToo}, After: map[string]any{"me_too": c.MeToo + 1}})
		if err != nil {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicCases)
	})
	if err != nil {
		return false, fmt.Errorf("count one more for a report: %w", err)
	}
	return again, nil
}

// household is the address itself, or its IPv6 network of /64.
func household(from netip.Addr) string {
	if from.Is6() {
		if p, err := from.Prefix(64); err == nil {
			return p.String()
		}
	}
	return from.String()
}

// SetHidden keeps a case off public pages, or shows it there again.
//
// Errors: fault.NotFound; fault.Conflict.
func (s *Service) SetHidden(ctx context.Context, by staff.Officer, id, version int64, hidden bool) (Case, error) {
	return s.change(ctx, by, id, version, "casework.case.shown_or_hidden", func(_ context.Context, _ *db.Tx, c *Case) error {
		c.Hidden = hidden
		return nil
	})
}
