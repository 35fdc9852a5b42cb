package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
)

// checkTime bounds a connection test.
const checkTime = 45 * time.Second

// Check tests an account as entered, from end to end, without keeping it. Of an
// account that exists (id not 0) empty secrets are those that are there.
//
// Errors: fault.Fields for what is wrong with the form; otherwise a fault with
// the network's own sentence about what is wrong and what to do.
func (s *Service) Check(ctx context.Context, id int64, n NewAccount) (network.Identity, error) {
	_, who, err := s.try(ctx, id, n)
	return who, err
}

// try makes an account of what was entered and tests it. No transaction is
// open meanwhile.
func (s *Service) try(ctx context.Context, id int64, n NewAccount) (Account, network.Identity, error) {
	a := Account{ID: id, Network: n.Network, State: Active}
	if id != 0 {
		have, err := s.Account(ctx, id)
		if err != nil {
			return a, network.Identity{}, err
		}
		a, n.Network = have, have.Network
	} else {
		a.ID = s.DB.NewID()
	}
	net, d, err := s.networkOf(n.Network)
	if err != nil {
		return a, network.Identity{}, err
	}
	if err := s.notForDemonstration(ctx, d); err != nil {
		return a, network.Identity{}, err
	}
	given := n
	if given.Options, err = s.withSecrets(a, d, n.Options); err != nil {
		return a, network.Identity{}, err
	}
	given, err = given.clean(d)
	var wrong fault.Fields
	if err != nil && !errors.As(err, &wrong) {
		return a, network.Identity{}, err
	}
	c, err := net.Connect(network.Account{ID: a.ID, Self: a.Self, Options: given.Options})
	if err != nil {
		return a, network.Identity{}, joinFields(wrong, err)
	}
	defer func() {
		if err := c.Close(); err != nil {
			s.Log.WarnContext(ctx, "a tested connection did not close in order", "network", n.Network, "error", err)
		}
	}()
	if err := wrong.Err(); err != nil {
		return a, network.Identity{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	who, err := c.Check(ctx)
	if err != nil {
		return a, network.Identity{}, forPeople(err)
	}
	a.Name, a.SignReplies, a.TeamID, a.Self = given.Name, given.SignReplies, given.TeamID, who
	open, secrets := split(d, given.Options)
	a.Options, a.Secrets = open, slices.Sorted(maps.Keys(secrets))
	plain, err := json.Marshal(secrets)
	if err != nil {
		return a, who, fmt.Errorf("write the secrets of an account: %w", err)
	}
	if a.secrets, err = s.Box.Seal(plain, sealedFor(a.ID, "secrets")); err != nil {
		return a, who, fmt.Errorf("seal the secrets of an account: %w", err)
	}
	return a, who, nil
}

// notForDemonstration keeps a demonstration from the public.
func (s *Service) notForDemonstration(ctx context.Context, d network.Description) error {
	snapshot, err := s.Directory.Snapshot(ctx)
	if err == nil && snapshot.Council().Demonstration && !d.Internal {
		err = fault.New(fault.Conflict, "This is a demonstration, and nothing of it may reach the public. Take it away under Settings, Demonstration, then connect real accounts.")
	}
	return err
}

// withSecrets adds the secrets that an account has to what was entered, where
// nothing was entered.
func (s *Service) withSecrets(a Account, d network.Description, entered map[string]string) (map[string]string, error) {
	out := maps.Clone(entered)
	if a.secrets == nil {
		return out, nil
	}
	have, err := s.unseal(a)
	if err != nil {
		return nil, err
	}
	for _, o := range d.Options {
		if o.Secret && out[o.Name] == "" {
			out[o.Name] = have.Options[o.Name]
		}
	}
	return out, nil
}

func joinFields(have fault.Fields, err error) error {
	var more fault.Fields
	if errors.As(err, &more) {
		return append(have, more...)
	}
	var one *fault.Error
	if errors.As(err, &one) && one.Kind == fault.Invalid {
		return append(have, one)
	}
	return err
}

// forPeople turns an adapter's error into one that a page shows.
func forPeople(err error) error {
	var e *network.Error
	if errors.As(err, &e) {
		return fault.New(fault.Down, e.Sentence).Because(err)
	}
	return err
}

// Connect tests an account and keeps it; fetching begins at once.
//
// Errors: those of Check.
func (s *Service) Connect(ctx context.Context, by record.Actor, n NewAccount) (Account, error) {
	a, _, err := s.try(ctx, 0, n)
	if err != nil {
		return Account{}, err
	}
	err = s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err := s.checkTeam(ctx, tx, a.TeamID); err != nil {
			return err
		}
		a.State, a.CreatedAt, a.LastOK, a.Version = Active, tx.Now, tx.Now, 1
		if err := insertAccount(ctx, tx, a); err != nil {
			return err
		}
		return s.accountChanged(ctx, tx, by, "desk.account.connected", a, nil)
	})
	if err != nil {
		return Account{}, fmt.Errorf("connect an account: %w", err)
	}
	return a, nil
}

// ConnectTx keeps an account of an internal network, untested, at set-up and in
// the demonstration.
func (s *Service) ConnectTx(ctx context.Context, tx *db.Tx, by record.Actor, n NewAccount) (Account, error) {
	_, d, err := s.networkOf(n.Network)
	if err != nil {
		return Account{}, err
	}
	if n, err = n.clean(d); err != nil {
		return Account{}, err
	}
	a := Account{ID: tx.NewID(), Network: n.Network, Name: n.Name, SignReplies: n.SignReplies, TeamID: n.TeamID, State: Active,
		CreatedAt: tx.Now, LastOK: tx.Now, Version: 1, Secrets: []string{}}
	a.Options, _ = split(d, n.Options)
	if err := insertAccount(ctx, tx, a); err != nil {
		return Account{}, err
	}
	return a, s.accountChanged(ctx, tx, by, "desk.account.connected", a, nil)
}

// EditAccount tests and keeps what an administrator changed.
//
// Errors: those of Check; fault.Conflict when somebody was quicker.
func (s *Service) EditAccount(ctx context.Context, by record.Actor, id, version int64, n NewAccount) error {
	a, _, err := s.try(ctx, id, n)
	if err != nil {
		return err
	}
	return s.changeAccount(ctx, by, id, version, "desk.account.changed", func(ctx context.Context, tx *db.Tx, now *Account) error {
		now.Name, now.Options, now.Secrets, now.secrets = a.Name, a.Options, a.Secrets, a.secrets
		now.Self, now.SignReplies, now.TeamID = a.Self, a.SignReplies, a.TeamID
		now.session = nil // it belongs to the sign-in as it was
		return s.checkTeam(ctx, tx, a.TeamID)
	})
}

// PauseAccount stops fetching and sending for an account; ResumeAccount goes on
// where it stopped.
func (s *Service) PauseAccount(ctx context.Context, by record.Actor, id, version int64) error {
	return s.setState(ctx, by, id, version, Paused)
}

// ResumeAccount goes on with an account that was paused.
func (s *Service) ResumeAccount(ctx context.Context, by record.Actor, id, version int64) error {
	return s.setState(ctx, by, id, version, Active)
}

// RemoveAccount forgets an account's secrets. Its conversations stay.
func (s *Service) RemoveAccount(ctx context.Context, by record.Actor, id, version int64) error {
	return s.setState(ctx, by, id, version, Removed)
}

func (s *Service) setState(ctx context.Context, by record.Actor, id, version int64, to AccountState) error {
	return s.changeAccount(ctx, by, id, version, "desk.account."+string(to), func(_ context.Context, _ *db.Tx, a *Account) error {
		if a.State == to {
			return fault.New(fault.Conflict, "That is done already.")
		}
		if net, ok := s.networks[a.Network]; ok && to == Active && net.Describe().Past {
			return fault.New(fault.Conflict, "This account holds what was imported from an archive. There is nothing to connect it to.")
		}
		if a.State = to; to == Removed {
			a.secrets, a.session, a.Secrets = nil, nil, []string{}
		}
		return nil
	})
}

func (s *Service) changeAccount(ctx context.Context, by record.Actor, id, version int64, act string, change func(context.Context, *db.Tx, *Account) error) error {
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		a, err := s.accountTx(ctx, tx, id)
		if err != nil {
			return err
		}
		if a.Version != version || a.State == Removed {
			return fault.New(fault.Conflict, "Somebody changed this account meanwhile. What you entered is not saved. Compare it with what is there now, then save again.")
		}
		before := a.facts()
		if err := change(ctx, tx, &a); err != nil {
			return err
		}
		if ok, err := updateAccount(ctx, tx, &a); err != nil || !ok {
			return errors.Join(err, errors.New("the account changed while it was written"))
		}
		if a.State == Active {
			if err := s.resumeTx(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		return s.accountChanged(ctx, tx, by, act, a, before)
	})
	if err != nil {
		return fmt.Errorf("change account %d: %w", id, err)
	}
	return nil
}

// facts are what the record keeps of an account: no secret, and which there are.
func (a Account) facts() map[string]any {
	return map[string]any{"network": a.Network, "name": a.Name, "options": a.Options, "secrets": a.Secrets, "state": a.State,
		"sign_replies": a.SignReplies, "team": a.TeamID, "handle": a.Self.Handle}
}

func (s *Service) accountChanged(ctx context.Context, tx *db.Tx, by record.Actor, act string, a Account, before map[string]any) error {
	e := record.Entry{Actor: by, Act: act, Subject: a.Subject(), After: a.facts()}
	if before != nil {
		e.Before = before
	}
	if err := record.Append(ctx, tx, e); err != nil {
		return err
	}
	return s.Hub.Announce(ctx, tx, TopicAccounts)
}

func (s *Service) checkTeam(ctx context.Context, tx *db.Tx, team int64) error {
	if team == 0 {
		return nil
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return err
	}
	if _, ok := roster.Team(team); !ok {
		return fault.Field("team", "This team is not there any more. Choose another.")
	}
	return nil
}

// noteTrouble keeps what is wrong with an account, and that it is well again.
// It is written only when it changes, or every minute.
func (s *Service) noteTrouble(ctx context.Context, a Account, err error) error {
	trouble, sentence := network.Trouble(""), ""
	if err != nil {
		var e *network.Error
		trouble, sentence = network.TroubleOf(err), "Something is wrong with the connection. Mercat will try again."
		if errors.As(err, &e) {
			sentence = e.Sentence
		} else if said := fault.Sentence(err); said != "" {
			sentence = said
		}
	}
	now := s.Now()
	if a.Trouble == trouble && a.Sentence == sentence && (err != nil || now.Sub(a.LastOK) < time.Minute) {
		return nil
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if err == nil {
			if _, err := tx.Exec(ctx, sqlAccountWell, db.Micros(tx.Now), a.ID); err != nil {
				return fmt.Errorf("note that account %d is well: %w", a.ID, err)
			}
			if a.Trouble == "" {
				return nil
			}
			if err := s.resumeTx(ctx, tx, a.ID); err != nil {
				return err
			}
		} else if _, err := tx.Exec(ctx, sqlAccountTrouble, string(trouble), sentence, db.Micros(tx.Now), a.ID); err != nil {
			return fmt.Errorf("note the trouble of account %d: %w", a.ID, err)
		}
		if a.Trouble != trouble {
			if err := record.Append(ctx, tx, record.Entry{Actor: record.Mercat("receiver"), Act: "desk.account.trouble", Subject: a.Subject(),
				Before: map[string]any{"trouble": a.Trouble}, After: map[string]any{"trouble": trouble}}); err != nil {
				return err
			}
		}
		return s.Hub.Announce(ctx, tx, TopicAccounts)
	})
}
