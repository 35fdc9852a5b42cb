package desk

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"mercat.scot/mercat/person"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

func handleName(h person.Handle) string {
	return cmp.Or(h.Identity.Handle, h.Identity.Name, h.Identity.ID)
}

func otherTitle(c Conversation) string {
	return cmp.Or(text.Excerpt(cmp.Or(c.Subject, c.Excerpt), 80), "No words")
}

// aboutSummary says what the folded part holds.
func (p paneView) aboutSummary() string {
	s := "About " + text.Excerpt(p.whole.Who, 40)
	if p.whole.CaseRef != "" {
		s += ", case " + p.whole.CaseRef
	}
	if n := len(p.whole.Others); n > 0 {
		s += ", " + ui.Count(n, "other contact", "other contacts")
	}
	return s
}

const maxFound = 12

// getPeople looks for whom the person of a conversation could be too.
func (s *Service) getPeople(w http.ResponseWriter, r *http.Request) error {
	p, err := s.barePane(r)
	if err != nil {
		return err
	}
	words, _ := text.CleanLine(r.URL.Query().Get("who"), 100)
	words = strings.TrimSpace(words)
	var found []person.Found
	if words != "" {
		err = s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
			found, err = s.People.FindTx(ctx, tx, text.Fold(words), p.whole.PersonID, maxFound)
			return err
		})
		if err != nil {
			return err
		}
	}
	if web.IsFragment(r) {
		return web.Fragment(w, r, http.StatusOK, peopleFound(p, words, found))
	}
	return web.Render(w, r, http.StatusOK, peoplePage(p, words, found))
}

// barePane is a conversation without its messages.
func (s *Service) barePane(r *http.Request) (p paneView, err error) {
	id, err := pathID(r)
	if err != nil {
		return p, err
	}
	if p.names, err = s.names(r.Context()); err != nil {
		return p, err
	}
	p.query = queryOf(r, p.me.ID, p.roster.TeamsOf(p.me.ID))
	err = s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		p.whole.Conversation, err = s.ConversationTx(ctx, tx, id)
		return err
	})
	return p, err
}
