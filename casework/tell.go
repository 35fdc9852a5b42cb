package casework

import (
	"context"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/secret"
)

// wordsTx is what the citizen of a case is told on an occasion.
func (s *Service) wordsTx(ctx context.Context, tx *db.Tx, c Case, m Saying) (string, error) {
	list, err := wordingsOf(ctx, tx, c.ServiceID)
	if err != nil {
		return "", err
	}
	m.Language, m.Reference = c.Language, c.Reference
	if c.ConversationID != 0 {
		conversation, err := s.Desk.ConversationTx(ctx, tx, c.ConversationID)
		if err != nil {
			return "", err
		}
		if conversation.Language != "" {
			m.Language = conversation.Language
		}
	}
	return list.Says(m), nil
}

// finishTx fills in what is only known when something is said: when it is likely
// to be done, and a link that this citizen may have here. In public it leads to
// the public page, for who has the private one's address may read it; where a
// network has no room for it, it is left out. other is somebody who has not
// reported this case and so may not see its private page.
func (s *Service) finishTx(ctx context.Context, tx *db.Tx, c *Case, conversation int64, say string, other bool) (string, error) {
	say = Saying{Reference: c.Reference, Whose: c.Whose, At: c.ScheduledAt.In(s.zone)}.fill(say)
	expected := ""
	if strings.Contains(say, markExpected) && !c.State.Ended() {
		var err error
		if expected, err = s.expectedTx(ctx, tx, *c, conversation, say); err != nil {
			return "", err
		}
	}
	if expected == "" {
		say = without(say, markExpected)
	}
	say = strings.ReplaceAll(say, markExpected, expected)
	if !strings.Contains(say, markLink) {
		return say, nil
	}
	bare := without(say, markLink)
	if s.BaseURL == "" {
		return bare, nil
	}
	if c.Track == "" {
		c.Track = secret.LongReference()
		if err := setTrack(ctx, tx, c.ID, c.Track); err != nil {
			return "", err
		}
	}
	private, _, err := s.Desk.SayableTx(ctx, tx, conversation, bare)
	if err != nil {
		return "", err
	}
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return "", err
	}
	service, _ := snapshot.Service(c.ServiceID)
	link := s.link(*c, private && !other, c.public(service))
	if link == "" {
		return bare, nil
	}
	linked := strings.ReplaceAll(say, markLink, link)
	_, whole, err := s.Desk.SayableTx(ctx, tx, conversation, linked)
	if err != nil || !whole {
		return bare, err
	}
	return linked, nil
}

// link is the address that somebody is given, "" for none. In public, a tap of
// anybody else would count as theirs, so it leads to the public page.
func (s *Service) link(c Case, private, public bool) string {
	switch {
	case private && c.State == Done:
		return s.BaseURL + fixedURL(c.Track)
	case private:
		return s.BaseURL + trackURL(c.Track)
	case public && !c.State.Ended():
		return s.BaseURL + reportURL(c.Reference)
	}
	return ""
}
