package desk

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/record"
)

// Reading is what triage makes of a message; zero fields mean "don't know".
type Reading struct {
	ServiceID int64
	Sure      float64  // how probable the service is, 0 to 1; 0 when that was not reckoned
	Led       []string // the words that led to it
	Others    []int64  // services that it could be instead, likeliest first
	Place     string   // as people say it
	Lat, Lon  float64
	Language  string // BCP 47

	Urgency Urgency
	NoNeed  bool   // thanks or talk: nobody waits for an answer
	Tone    string // "angry", "unhappy", "neutral" or "happy"; "" for don't know
}

// Kept is the reading of a conversation as it was kept, and what became of it.
type Kept struct {
	ServiceID   int64
	Sure        float64
	Led         []string
	Others      []int64
	Urgency     Urgency
	RightID     int64     // what an officer chose in its place
	CorrectedAt time.Time // zero while nobody has
	NoNeed      bool
	Tone        string
}

// TopicReading is told when an officer has corrected a reading, or taken that
// back.
const TopicReading = "desk/reading"

// correctTx notes that an officer chose another service or urgency than was
// read, or took that back.
func (s *Service) correctTx(ctx context.Context, tx *db.Tx, c Conversation, before Handling, by record.Actor) error {
	service, urgency := c.ServiceID != before.ServiceID, c.Urgency != before.Urgency
	if !service && !urgency || by.Kind != record.Officer {
		return nil
	}
	k, found, err := readingTx(ctx, tx, c.ID)
	if err != nil || !found {
		return err
	}
	if service {
		right, at, officer := c.ServiceID, tx.Now, by.ID
		if c.ServiceID == k.ServiceID {
			right, at, officer = 0, time.Time{}, 0
		}
		if err := keepCorrection(ctx, tx, c.ID, right, officer, at); err != nil {
			return err
		}
	}
	if urgency {
		at := tx.Now
		if c.Urgency == k.Urgency {
			at = time.Time{}
		}
		if err := keepUrgency(ctx, tx, c.ID, c.Urgency, at); err != nil {
			return err
		}
	}
	return s.Hub.Announce(ctx, tx, TopicReading)
}

// Lesson is a first message and what officers made of it.
type Lesson struct {
	Text      string
	ServiceID int64 // 0 for none
	Chosen    bool  // an officer chose the service
	Left      bool  // it was answered or closed with the service as it was read
	Urgency   Urgency
	Urged     bool // an officer has said so
}

// Lessons are the newest of what triage can learn from: up to most messages
// that officers corrected, and up to most that were answered or closed with the
// service as it was read. They are in the order of their conversations, so that
// the same lessons are learned alike on every node.
func (s *Service) Lessons(ctx context.Context, most int) (list []Lesson, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = readLessons(ctx, tx, most)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what officers corrected: %w", err)
	}
	return list, nil
}

// Reads is how triage has done with one service in one week.
type Reads struct {
	Week      time.Time // its first day, a Thursday: weeks are counted from 1970-01-01
	ServiceID int64     // as it was read; 0 for "don't know"
	Read      int64
	Corrected int64 // by an officer; of "don't know", those for which one chose a service
}

// readsSpan is what one line of the course stands for.
const readsSpan = 7 * 24 * time.Hour

// ReadsSince says how triage has done since a moment, by week and service, the
// newest week first.
func (s *Service) ReadsSince(ctx context.Context, since time.Time) (list []Reads, err error) {
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err = readReads(ctx, tx, since)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reckon how triage does: %w", err)
	}
	return list, nil
}

// certain is from where on nobody is offered another service.
const certain = 0.9

// otherServices are what else a conversation could be about.
func (p paneView) otherServices() []directory.Service {
	k := p.whole.Reading
	if !p.mayAnswer() || k.Sure >= certain || !k.CorrectedAt.IsZero() || p.whole.State == Closed || p.whole.ServiceID != k.ServiceID || k.NoNeed && k.ServiceID == 0 {
		return nil
	}
	var list []directory.Service
	for _, id := range k.Others {
		if s, known := p.dir.Service(id); known && s.Active && id != p.whole.ServiceID {
			list = append(list, s)
		}
	}
	return list
}

// readSays is how the service was found, for whoever points at it.
func (p paneView) readSays() string {
	k := p.whole.Reading
	switch {
	case !k.CorrectedAt.IsZero():
		return "An officer chose this"
	case k.ServiceID == 0 || k.ServiceID != p.whole.ServiceID:
		return ""
	}
	says := "Read from the first message"
	if len(k.Led) > 0 {
		says = "Read from “" + strings.Join(k.Led, "”, “") + "”"
	}
	if k.Sure > 0 {
		says += ": " + strconv.Itoa(int(k.Sure*100+0.5)) + " % sure"
	}
	if k.Tone != "" && k.Tone != "neutral" {
		says += "; the tone seems " + k.Tone
	}
	return says
}
