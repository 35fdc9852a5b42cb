package staff

import (
	"context"
	"fmt"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/record"
)

// errSignIn is the one answer to every failure to sign in, so that it tells
// nobody which addresses exist, who has left, or that somebody must wait.
var errSignIn = fault.New(fault.Invalid, "That did not work. Check the email address and the password. After several tries, wait five minutes. If you have forgotten the password, ask an administrator for a link.")

// SignIn begins a session and returns its token, which is for the cookie and is
// kept nowhere.
//
// Errors: fault.Invalid, the same for every reason; fault.TooMany when so many
// sign in at once that this one was not looked at.
func (s *Service) SignIn(ctx context.Context, email, password string, from From) (token string, err error) {
	email = foldEmail(email)
	bucket, known, err := s.countFor(ctx, email, from.Browser)
	if err != nil {
		return "", err
	}
	if !known && !s.addresses.take(from.Address, s.db.Now()) {
		return "", errSignIn
	}
	who, renewed, err := s.prove(ctx, bucket, email, password)
	if err != nil {
		return "", err
	}
	token = secret.Token(32)
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := readCredentials(ctx, tx, email)
		if err != nil {
			return err
		}
		if now != who { // deactivated, or another password, meanwhile
			return errSignIn
		}
		officer, _, err := readOfficer(ctx, tx, who.id)
		if err != nil {
			return err
		}
		if renewed != "" {
			if err := renewPassword(ctx, tx, who.id, who.hash, renewed); err != nil {
				return err
			}
		}
		if err := forgetFailures(ctx, tx, bucket); err != nil {
			return err
		}
		if from.Browser != "" {
			if err := putBrowser(ctx, tx, who.id, secret.HashToken(from.Browser)); err != nil {
				return err
			}
		}
		session := Session{ID: tx.NewID(), OfficerID: who.id, CreatedAt: tx.Now, UsedAt: tx.Now,
			Agent: summariseAgent(from.Agent), Address: addressPrefix(from.Address)}
		if err := insertSession(ctx, tx, session, secret.HashToken(token)); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: officer.Actor(), Act: "staff.session.began", Subject: officer.Subject()})
	})
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	if !known {
		s.addresses.forgive(from.Address)
	}
	return token, nil
}

// countFor is the count that a try belongs to. A browser in which the officer
// has signed in before has one of its own: who guesses from elsewhere counts
// against the address and cannot keep them out of it.
func (s *Service) countFor(ctx context.Context, email, browser string) (bucket int64, known bool, err error) {
	if browser == "" {
		return bucketOf(email), false, nil
	}
	hash := secret.HashToken(browser)
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		known, err = browserKnown(ctx, tx, email, hash, tx.Now.Add(-knownFor))
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("sign in: %w", err)
	}
	if known {
		return bucketOf(email + " in " + hash), true, nil
	}
	return bucketOf(email), false, nil
}

// prove counts a try and checks a password. Known and unknown addresses take
// the same steps. It returns errSignIn when the password does not prove who it
// is, and otherwise the hash to keep instead when the old one is out of date.
func (s *Service) prove(ctx context.Context, bucket int64, email, password string) (who credentials, renewed string, err error) {
	// The slot comes first: a flood waits here and not at the database, and a
	// try that cannot be looked at is not counted.
	leave, err := s.hasher.enter(ctx)
	if err != nil {
		return credentials{}, "", err
	}
	defer leave()
	who, heard, err := s.countTry(ctx, bucket, email)
	if err != nil {
		return credentials{}, "", err
	}
	if !heard {
		return credentials{}, "", errSignIn
	}
	right, renew, err := s.hasher.check(who.hash, password)
	if err != nil {
		return credentials{}, "", fmt.Errorf("check the password of officer %d: %w", who.id, err)
	}
	if !right || !who.active {
		return credentials{}, "", errSignIn
	}
	if renew {
		renewed = s.hasher.compute(password)
	}
	return who, renewed, nil
}

// countTry counts a try for an address as failed, unless it comes too soon
// after others: then it is not heard.
func (s *Service) countTry(ctx context.Context, bucket int64, email string) (who credentials, heard bool, err error) {
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, err := readFailures(ctx, tx, bucket)
		heard = !f.blocked(tx.Now)
		return err
	})
	if err != nil || !heard {
		return credentials{}, false, err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		f, err := readFailures(ctx, tx, bucket)
		if err != nil {
			return err
		}
		if heard = !f.blocked(tx.Now); !heard {
			return nil
		}
		if who, err = readCredentials(ctx, tx, email); err != nil {
			return err
		}
		return putFailures(ctx, tx, bucket, f.next(tx.Now))
	})
	if err != nil {
		return credentials{}, false, fmt.Errorf("count a try to sign in: %w", err)
	}
	return who, heard, nil
}

// SignedIn is who has a session, and what pages need of them.
type SignedIn struct {
	Officer Officer
	Session Session
	TeamIDs []int64
}

// BySession returns who a session's token belongs to, and false when there is
// no such session, or it has ended. It notes the use.
func (s *Service) BySession(ctx context.Context, token string) (in SignedIn, ok bool, err error) {
	if token == "" || len(token) > 200 {
		return SignedIn{}, false, nil
	}
	touch := false
	err = s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		session, found, err := readSession(ctx, tx, secret.HashToken(token))
		if err != nil || !found || session.Ended(tx.Now) {
			ok = false
			return err
		}
		r, err := s.RosterTx(ctx, tx)
		if err != nil {
			return err
		}
		var officer Officer
		officer, ok = r.Officer(session.OfficerID)
		ok = ok && officer.Active
		in = SignedIn{Officer: officer, Session: session, TeamIDs: r.TeamsOf(officer.ID)}
		touch = ok && session.stale(tx.Now)
		return nil
	})
	if err != nil {
		return SignedIn{}, false, fmt.Errorf("find a session: %w", err)
	}
	if touch {
		err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
			return touchSession(ctx, tx, in.Session.ID, tx.Now)
		})
	}
	return in, ok, err
}

// SignOut ends the session that a token belongs to. Without one it does nothing.
func (s *Service) SignOut(ctx context.Context, token string) error {
	in, ok, err := s.BySession(ctx, token)
	if err != nil || !ok {
		return err
	}
	return s.EndSession(ctx, in.Officer, in.Session.ID)
}

// Sessions are an officer's, the last used first, without those that ended.
func (s *Service) Sessions(ctx context.Context, officer int64) ([]Session, error) {
	var live []Session
	err := s.db.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		list, err := readSessions(ctx, tx, officer)
		live = nil
		for _, session := range list {
			if !session.Ended(tx.Now) {
				live = append(live, session)
			}
		}
		return err
	})
	return live, err
}

// EndSession ends one of an officer's own sessions. One that has ended already
// is no error.
func (s *Service) EndSession(ctx context.Context, officer Officer, id int64) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		was, err := endSession(ctx, tx, id, officer.ID)
		if err != nil || !was {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: officer.Actor(), Act: "staff.session.ended", Subject: officer.Subject()})
	})
	if err != nil {
		return fmt.Errorf("end session %d: %w", id, err)
	}
	return nil
}

// SignOutEverywhere ends all of an officer's sessions, this one too.
func (s *Service) SignOutEverywhere(ctx context.Context, officer Officer) error {
	err := s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := endSessions(ctx, tx, officer.ID, 0)
		if err != nil || n == 0 {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: officer.Actor(), Act: "staff.session.all_ended", Subject: officer.Subject(), After: facts{"ended": n}})
	})
	if err != nil {
		return fmt.Errorf("sign officer %d out everywhere: %w", officer.ID, err)
	}
	return nil
}

// ChangePassword sets an officer's new password after proving the current one,
// and ends their sessions but the one named.
//
// Errors: fault.Invalid with field current or password.
func (s *Service) ChangePassword(ctx context.Context, officer Officer, keep int64, current, password string) error {
	if err := checkPassword(password, Person{Email: officer.Email, Name: officer.Name}); err != nil {
		return err
	}
	// Counted by itself: strangers who guess at the sign-in page keep nobody
	// from changing a password.
	bucket := bucketOf(officer.Email + " in a session")
	who, _, err := s.prove(ctx, bucket, officer.Email, current)
	if fault.Is(err, fault.Invalid) {
		return fault.Field("current", "This is not your current password, or there were too many tries. Check it; after several tries, wait five minutes.")
	}
	if err != nil {
		return err
	}
	hash, err := s.hasher.make(ctx, password)
	if err != nil {
		return err
	}
	err = s.db.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		now, err := readPassword(ctx, tx, officer.ID)
		if err != nil {
			return err
		}
		if now != who.hash {
			return fault.New(fault.Conflict, "Your password was changed elsewhere meanwhile. If that was not you, tell an administrator now.")
		}
		if err := setPassword(ctx, tx, officer.ID, hash); err != nil {
			return err
		}
		if err := forgetFailures(ctx, tx, bucket); err != nil {
			return err
		}
		if err := deleteLink(ctx, tx, officer.ID); err != nil {
			return err
		}
		if _, err := endSessions(ctx, tx, officer.ID, keep); err != nil {
			return err
		}
		return record.Append(ctx, tx, record.Entry{Actor: officer.Actor(), Act: "staff.password.changed", Subject: officer.Subject()})
	})
	if err != nil {
		return fmt.Errorf("change the password of officer %d: %w", officer.ID, err)
	}
	return nil
}
