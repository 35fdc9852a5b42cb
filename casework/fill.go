package casework

import (
	"context"
	"slices"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// fillAnswers fills in what the service asks from the conversation, and says how
// surely the place is known.
func (s *Service) fillAnswers(f *Filled, snapshot *directory.Snapshot, messages []desk.Message) {
	service, _ := snapshot.Service(f.ServiceID)
	f.Questions = service.Attributes.Asked()
	f.Remarks = slices.DeleteFunc(slices.Clone(service.Attributes), func(a directory.Attribute) bool { return a.Variable })
	f.Found = readWords(f.Questions, messages, s.zone)
	f.Opening.Answers = answers(f.Found).values()
	f.Ask = len(f.Questions.Missing(f.Opening.Answers)) > 0
	if f.Sure = f.photoSure; f.Sure == "" {
		f.Sure = sureness(f.Opening, snapshot, messages)
	}
}

// FillFor is Fill as if the conversation were about another service.
//
// Errors: fault.NotFound.
func (s *Service) FillFor(ctx context.Context, conversation, service int64) (Filled, error) {
	f, err := s.Fill(ctx, conversation)
	if err != nil || f.ServiceID == service {
		return f, err
	}
	err = s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		snapshot, err := s.Directory.SnapshotTx(ctx, tx)
		if err != nil {
			return err
		}
		messages, err := s.Desk.MessagesTx(ctx, tx, conversation, 0, maxRead)
		if err != nil {
			return err
		}
		f.ServiceID = service
		s.fillAnswers(&f, snapshot, messages)
		return nil
	})
	return f, err
}

// sureness says how surely a place that was filled in is known: by whom or from
// what, and how far off it may be.
func sureness(n Opening, snapshot *directory.Snapshot, messages []desk.Message) string {
	if n.Place == "" && n.Lat == 0 && n.Lon == 0 {
		return ""
	}
	for _, m := range messages {
		p := m.Details.Place
		if p == nil || p.Label != n.Place && (p.Lat != n.Lat || p.Lon != n.Lon) {
			continue
		}
		switch {
		case p.Lat == 0 && p.Lon == 0 && n.Lat == 0 && n.Lon == 0:
			return "The citizen named it; where that is on the map is not known."
		case p.Lat == 0 && p.Lon == 0:
			return "The citizen named it; the point is where the gazetteer has that name."
		case p.Given:
			return "Sure: the citizen gave the position themselves."
		}
		return "Fairly sure: the position came with the citizen’s message."
	}
	var words string
	for _, m := range messages {
		if m.Direction == desk.In {
			words += m.Body + "\n"
		}
	}
	found := snapshot.Locate(words)
	if found.Place.Label() != n.Place {
		return "Somebody entered this place."
	}
	return found.Sure()
}

// openAnswersTx keeps the answers of a new case, and reports whether the citizen
// is to be asked for more.
func (s *Service) openAnswersTx(ctx context.Context, tx *db.Tx, by staff.Officer, c Case, n Opening) (asks bool, err error) {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return false, err
	}
	service, _ := snapshot.Service(n.ServiceID)
	questions := service.Attributes
	if len(questions) == 0 {
		return false, nil
	}
	values, wrong := questions.ValidateGiven(n.Answers)
	if len(wrong) > 0 {
		return false, wrong
	}
	messages, err := s.Desk.MessagesTx(ctx, tx, c.ConversationID, 0, maxRead)
	if err != nil {
		return false, err
	}
	found := readWords(questions, messages, s.zone)
	had, _ := answers{}.merge(values, func(code string, v []string) Answer {
		if read, ok := found[code]; ok && slices.Equal(read.Values, v) {
			return read
		}
		return Answer{Origin: FromOfficer, Who: by.Name, At: tx.Now}
	})
	for _, a := range had {
		if err := putAnswer(ctx, tx, c.ID, a); err != nil {
			return false, err
		}
	}
	if len(had) > 0 {
		err := record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "casework.case.answered", Subject: c.Subject(), After: had.facts(questions)})
		if err != nil {
			return false, err
		}
	}
	if !n.Ask || len(questions.Missing(values)) == 0 {
		return false, nil
	}
	if c.ConversationID == 0 {
		return false, fault.New(fault.Invalid, "There is no conversation in which the citizen could be asked.")
	}
	return true, nil
}

// check holds a form against the directory, the roster and the conversation.
func (s *Service) check(ctx context.Context, tx *db.Tx, n Opening, conversation desk.Conversation) (Opening, error) {
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return n, err
	}
	if _, ok := snapshot.Service(n.ServiceID); n.ServiceID != 0 && !ok {
		return n, fault.Field("service", "This service is not there any more. Choose another.")
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return n, err
	}
	if n.TeamID == 0 {
		n.TeamID = snapshot.OwnerOf(n.ServiceID)
	}
	if n.TeamID == 0 {
		n.TeamID = conversation.TeamID
	}
	if _, ok := roster.Team(n.TeamID); !ok {
		return n, fault.Field("team", "This team is not there any more. Choose another.")
	}
	messages, err := s.Desk.MessagesTx(ctx, tx, conversation.ID, 0, maxRead)
	if err != nil {
		return n, err
	}
	var known []int64
	for _, m := range messages {
		for _, photo := range m.Media {
			known = append(known, photo.ID)
		}
	}
	n.Photos = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(n.Photos))), func(id int64) bool { return !slices.Contains(known, id) })
	return n, nil
}
