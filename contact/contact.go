package contact

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/phone"
	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// Options are what the contact record stands on. All are needed.
type Options struct {
	DB        *db.DB
	Desk      *desk.Service
	Casework  *casework.Service
	Directory *directory.Directory
	Staff     *staff.Service
	People    *person.People
	Phone     *phone.Network
	Networks  []network.Network // whose names people know channels by
}

// Service is the use cases of this room. It is safe for concurrent use.
type Service struct{ Options }

// New returns a Service.
func New(o Options) *Service { return &Service{o} }

// Entry is a contact as it is written down.
type Entry struct {
	phone.Contact
	// PersonID is with whom it was, 0 for somebody new or unknown. Identity is then
	// the same for the same person, "" when that is not known.
	PersonID int64
	// PhoneNumber and Email are kept as ways to reach the person, "" for none.
	PhoneNumber, Email string
	ServiceID          int64 // 0: as it is read from the words
}

// Log keeps a contact. One form is one contact: what comes again changes nothing
// and gives the conversation of the first time.
//
// Errors: fault.Fields (words, told, at, lasted, channel, outcome, person,
// phone, email); fault.Conflict when the form came before with other words, when
// the person was joined with another meanwhile, or when the account for it is
// paused.
func (s *Service) Log(ctx context.Context, by staff.Officer, e Entry) (desk.Conversation, error) {
	return s.keep(ctx, by, e, nil)
}

// Try does all that Log does, and keeps nothing of it.
func (s *Service) Try(ctx context.Context, by staff.Officer, e Entry) error {
	if _, err := s.keep(ctx, by, e, errTried); !errors.Is(err, errTried) {
		return err
	}
	return nil
}

// errTried takes back what was only tried.
var errTried = errors.New("it was only tried")

// keep keeps a contact, unless last ends the transaction.
func (s *Service) keep(ctx context.Context, by staff.Officer, e Entry, last error) (desk.Conversation, error) {
	e.OfficerID, e.Officer = by.ID, by.Name
	e, err := s.identify(ctx, e)
	if err != nil {
		return desk.Conversation{}, err
	}
	if e.Contact, err = s.Phone.Prepare(ctx, e.Contact); err != nil {
		return desk.Conversation{}, err
	}
	written, err := s.Desk.ReadWritten(ctx, e.Posts(), e.Outcome != phone.Answered, e.ServiceID)
	if err != nil {
		return desk.Conversation{}, err
	}
	var c desk.Conversation
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if c, err = s.logTx(ctx, tx, by, e, written); err != nil {
			return err
		}
		return last
	})
	if err != nil {
		return desk.Conversation{}, fmt.Errorf("write a contact down: %w", err)
	}
	return c, nil
}

// identify finds under which handle the person is known on this network.
func (s *Service) identify(ctx context.Context, e Entry) (Entry, error) {
	e.Name, _ = text.CleanLine(e.Name, maxName)
	if e.PersonID == 0 {
		e.Identity = cmp.Or(e.Identity, "form-"+e.Key)
		e.Name = cmp.Or(e.Name, e.PhoneNumber, e.Email)
		return e, nil
	}
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		holder, _, err := s.People.HolderTx(ctx, tx, e.PersonID)
		if fault.Is(err, fault.NotFound) {
			return fault.Field("person", "This person is not there any more. Choose again who it was.")
		}
		if err != nil {
			return err
		}
		_, handles, err := s.People.PersonTx(ctx, tx, holder.ID)
		e.PersonID, e.Name, e.Identity = holder.ID, holder.Name, fmt.Sprintf("person-%d", holder.ID)
		for _, h := range slices.Backward(handles) { // the oldest, as HandleOnTx has it
			if h.Network == phone.Kind {
				e.Identity = h.Identity.ID
			}
		}
		return err
	})
	return e, err
}

const maxName = 200

func (s *Service) logTx(ctx context.Context, tx *db.Tx, by staff.Officer, e Entry, written *desk.Written) (desk.Conversation, error) {
	account, err := s.accountTx(ctx, tx)
	if err != nil {
		return desk.Conversation{}, err
	}
	e.AccountID = account
	kept, again, err := s.Phone.LogTx(ctx, tx, e.Contact)
	if err != nil {
		return desk.Conversation{}, err
	}
	if again {
		return s.Desk.ConversationWithTx(ctx, tx, kept.AccountID, kept.Ref())
	}
	if e.PersonID != 0 {
		h, err := s.People.HandleOnTx(ctx, tx, phone.Kind, e.PersonID, network.Identity{ID: e.Identity})
		if err != nil {
			return desk.Conversation{}, err
		}
		if h.Identity.ID != e.Identity {
			return desk.Conversation{}, fault.New(fault.Conflict, "This person was joined with another a moment ago. Nothing is lost: send it once more.")
		}
	}
	c, err := written.KeepTx(ctx, tx, account, by, "Answered at once")
	if err != nil {
		return desk.Conversation{}, err
	}
	if err := s.reachTx(ctx, tx, by, e, c.PersonID); err != nil {
		return desk.Conversation{}, err
	}
	return c, record.Append(ctx, tx, record.Entry{Actor: by.Actor(), Act: "contact.logged", Subject: desk.Subject(c.ID), About: []record.Subject{{Kind: "person", ID: c.PersonID}},
		After: map[string]any{"channel": e.Channel, "by_us": e.ByUs, "outcome": e.Outcome, "minutes": int64(e.Lasted.Minutes()), "at": e.At}})
}

// reachTx keeps how the person said that they can be reached.
func (s *Service) reachTx(ctx context.Context, tx *db.Tx, by staff.Officer, e Entry, who int64) error {
	for _, f := range []person.Fact{
		{Kind: person.Phone, Value: e.PhoneNumber, Purpose: "To ring back"},
		{Kind: person.Email, Value: e.Email, Purpose: "To answer"},
	} {
		if strings.TrimSpace(f.Value) == "" {
			continue
		}
		f.PersonID, f.Source = who, e.Channel.Label()
		if _, err := s.People.AddFactTx(ctx, tx, by.Actor(), f); err != nil {
			if fault.Is(err, fault.Invalid) {
				return fault.Field(string(f.Kind), fault.Sentence(err))
			}
			return err
		}
	}
	return nil
}

// accountTx is the account that such contacts belong to; the first contact
// makes it.
func (s *Service) accountTx(ctx context.Context, tx *db.Tx) (int64, error) {
	list, err := s.Desk.AccountsTx(ctx, tx)
	if err != nil {
		return 0, err
	}
	state := desk.AccountState("")
	for _, a := range list {
		if a.Network != phone.Kind {
			continue
		}
		if a.State == desk.Active {
			return a.ID, nil
		}
		state = a.State
	}
	if state != "" {
		return 0, fault.Newf(fault.Conflict, "Contacts cannot be written down at the moment: the account for them is %s. An administrator can change that under Settings, Accounts.", state)
	}
	name := s.Phone.Describe().Name
	a, err := s.Desk.ConnectTx(ctx, tx, record.Mercat("contact"), desk.NewAccount{Network: phone.Kind, Name: name, Options: map[string]string{}})
	return a.ID, err
}
