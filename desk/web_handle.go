package desk

import (
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
	"mercat.scot/mercat/staff"
)

func id(n int64) string { return strconv.FormatInt(n, 10) }

// snoozes are the times offered, by the clock on the council's wall: nine
// o'clock is nine o'clock also when the clocks change.
func snoozes(now time.Time, zone *time.Location) []snooze {
	now = now.In(zone)
	morning := func(days int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()+days, 9, 0, 0, 0, zone)
	}
	var list []snooze
	later := time.Date(now.Year(), now.Month(), now.Day(), now.Hour()+3, 0, 0, 0, zone)
	if later.Day() == now.Day() && later.Hour() <= 20 {
		list = append(list, snooze{"Later today, " + ui.Clock(later, zone), later})
	}
	list = append(list, snooze{"Tomorrow, " + ui.Clock(morning(1), zone), morning(1)})
	monday := (int(time.Monday) - int(now.Weekday()) + 7) % 7
	if monday == 0 {
		monday = 7
	}
	if monday > 1 {
		list = append(list, snooze{"Monday, " + ui.Clock(morning(monday), zone), morning(monday)})
	}
	return append(list, snooze{"In a week, " + morning(7).Format("Monday 2 January"), morning(7)})
}

func closeReasons() []string {
	return []string{"Answered", "No answer needed", "Not for the council", "Spam or abuse"}
}

func (n names) officerOptions() []ui.Option {
	list := []ui.Option{option(0, "Nobody, back to the team")}
	for _, o := range n.roster.Officers() {
		if o.Active && o.Role.MayAnswer() {
			label := o.Name
			if o.ID == n.me.ID {
				label += " (you)"
			}
			list = append(list, option(o.ID, label))
		}
	}
	return list
}

func (p paneView) otherTeams() []ui.Option {
	var list []ui.Option
	for _, t := range p.roster.Teams() {
		if t.ID != p.whole.TeamID {
			list = append(list, option(t.ID, t.Name))
		}
	}
	return list
}

func (p paneView) deleteSays() string {
	if s := p.networks[p.whole.Network].Compose.DeleteSays; s != "" {
		return s
	}
	return "Removes it from " + p.network(p.whole.Network) + ". People may have seen or copied it."
}

// act does one thing to a conversation and answers with what is new, and how
// to undo it.
func (s *Service) act(w http.ResponseWriter, r *http.Request, do func(by staff.Officer, conversation int64, f *web.Form) (Change, error)) error {
	conversation, err := pathID(r)
	if err != nil {
		return err
	}
	by, err := s.officer(r.Context())
	if err != nil {
		return err
	}
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	change, err := do(by, conversation, f)
	if err != nil {
		return err
	}
	notice := web.Notice{Text: change.Sentence}
	if change.Number != 0 {
		notice.UndoURL, notice.Undo = pathTo(conversation, "undo")+"?"+r.URL.RawQuery, map[string]string{"number": id(change.Number)}
	}
	return s.done(w, r, conversation, notice)
}

// done answers after a change: what is new of the conversation, or its page.
func (s *Service) done(w http.ResponseWriter, r *http.Request, conversation int64, n web.Notice) error {
	if !web.IsFragment(r) {
		return web.RedirectNotice(w, r, pathTo(conversation, "")+"?"+r.URL.RawQuery, n)
	}
	p, err := s.freshPane(r)
	if err != nil {
		return err
	}
	return web.FragmentWithNotice(w, r, freshParts(p), n)
}

func (s *Service) postAssign(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		officer := f.OptionalID("officer", "Choose who should answer.")
		version := f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.Assign(r.Context(), by, conversation, version, officer)
	})
}

func (s *Service) postHand(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		team, note, version := f.ID("to_team", "Choose the team that should have it."), f.Text("to_note", web.AtMost(10_000)), f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.Hand(r.Context(), by, conversation, version, team, note)
	})
}

func (s *Service) postSnooze(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		name := "at"
		if f.Value("until") != "" {
			name = "until"
		}
		until, version := f.Moment(name, web.Location(r.Context()), "Enter a day and a time of day."), f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		if until.IsZero() {
			return Change{}, fault.Field("at", "Choose a time, or enter one.")
		}
		return s.Snooze(r.Context(), by, conversation, version, until)
	})
}

func (s *Service) postClose(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		reason := f.Text("reason")
		if why := f.Text("why"); why != "" {
			reason = why
		}
		version := f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.Close(r.Context(), by, conversation, version, reason)
	})
}

func (s *Service) postReopen(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		version := f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.Reopen(r.Context(), by, conversation, version)
	})
}

func (s *Service) postService(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		service, version := f.OptionalID("to_service", "Choose a service."), f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.SetService(r.Context(), by, conversation, version, service)
	})
}

func (s *Service) postUndo(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		number := f.ID("number", "Say what to undo.")
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		change, err := s.Undo(r.Context(), by, conversation, number)
		change.Number = 0 // an undo is not offered again
		return change, err
	})
}

func (s *Service) postJoin(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		other, reason := f.ID("other", "Choose who it is."), f.Text("join_reason", web.Required("Say how you know."), web.AtMost(maxReason))
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.JoinPeople(r.Context(), by, conversation, other, reason)
	})
}

func (s *Service) postUnjoin(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, _ int64, f *web.Form) (Change, error) {
		join := f.ID("join", "Say which join to undo.")
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		change, err := s.UndoJoin(r.Context(), by, join)
		change.Number = 0
		return change, err
	})
}

// postUnread makes a conversation unread again and leaves it, for looking at it
// would make it read.
func (s *Service) postUnread(w http.ResponseWriter, r *http.Request) error {
	conversation, err := pathID(r)
	if err != nil {
		return err
	}
	if err := s.MarkSeen(r.Context(), web.MustViewer(r.Context()).ID, conversation, 0); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, "/desk?"+r.URL.RawQuery, "Marked as unread.")
}

func (s *Service) postUrgency(w http.ResponseWriter, r *http.Request) error {
	return s.act(w, r, func(by staff.Officer, conversation int64, f *web.Form) (Change, error) {
		urgency, version := f.Int("urgency", int64(Usual), int64(Danger), "Choose how urgent it is."), f.Version()
		if err := f.Err(); err != nil {
			return Change{}, err
		}
		return s.SetUrgency(r.Context(), by, conversation, version, Urgency(urgency))
	})
}

// urgencyChoice is one way to say how urgent it is.
type urgencyChoice struct {
	to         Urgency
	label, key string
}

// otherUrgencies are those that a conversation does not have.
func (p paneView) otherUrgencies() []urgencyChoice {
	switch p.whole.Urgency {
	case Danger:
		return []urgencyChoice{{Usual, "Not urgent", "!"}, {Urgent, "Urgent, but no danger to life", ""}}
	case Urgent:
		return []urgencyChoice{{Danger, "Mark as danger to life", "!"}, {Usual, "Not urgent", ""}}
	}
	return []urgencyChoice{{Danger, "Mark as danger to life", "!"}, {Urgent, "Mark as urgent", ""}}
}

// thanks reports whether all that was said seems to need no answer.
func (p paneView) thanks() bool {
	return p.whole.State == Open && p.whole.DueAt.IsZero() && p.whole.Reading.NoNeed && p.whole.Conversation.Messages == 1
}
