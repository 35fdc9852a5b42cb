package casework

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"
	"unicode"

	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// maxVerdict is how long a message may be, in characters, to be read as a
// verdict: a longer one says more than that, and an officer reads it.
const maxVerdict = 240

// What people plainly say, in folded text without marks. Nothing is guessed: who
// asks, supposes or speaks of the future has said nothing.
var (
	sayingUnfixed = regexp.MustCompile(`\b(` + strings.Join([]string{
		`(not|isnt|hasnt|wasnt|never|aint) ((been|yet|really|actually|properly|even|at all) )*(fixed|done|sorted|repaired|mended|resolved|cleared|emptied|collected|filled)`,
		`(has|have) not ((been|yet) )*(fixed|done|sorted|repaired|mended|resolved|cleared|emptied|collected|filled)`,
		`still (there|here|broken|not (fixed|done|sorted|working|right)|leaking|the same|out|dark|blocked|overflowing|flooded|dangerous|a (hole|mess|problem))`,
		`nothing (has |was |is )?(been )?(done|changed|happened)`,
		// Welsh
		`heb (ei|gael ei) (drwsio|thrwsio|wneud)`, `(dal|yn dal) (yno|yma|wedi torri|heb)`, `(nid yw|dyw|dydy|dydi)( e| o| hi)?( hyn)?( ddim)? wedi ?i (d?thrwsio|drwsio|wneud)`, `ddim wedi (cael )?(ei|i) (drwsio|thrwsio|wneud)`,
		// Gaelic
		`chan eil (e|i|seo|sin) air (a|a chur) (charadh|chàradh|dheanamh)`, `cha deach (a )?(charadh|a charadh|dheanamh)`, `fhathast (ann|briste|mar a bha)`, `gun (charadh|a charadh)`,
	}, "|") + `)\b`)
	sayingFixed = regexp.MustCompile(`^(` + strings.Join([]string{
		`((yes|aye|great|brilliant|ok|okay|thanks|thank you|cheers|hi|hello) )*((its|it is|thats|that is|this is|this has|it has|has|been|all|now|is|is now) )*(fixed|sorted|done|mended|repaired|resolved)( (now|today|yesterday|already|thanks|thank you|cheers|ta|many|very much|so much|all|everyone|for|your|help|great|brilliant|job))*`,
		// Welsh
		`((diolch|ydy|ie|grêt|gret) )*(mae |mae o |mae e |mae hi |mae hyn )?(wedi ?i|wedi cael ei|wedi ei) (drwsio|thrwsio|sortio|wneud)( (nawr|rwan|heddiw|diolch|yn|fawr|i|chi))*`,
		// Gaelic
		`((tapadh|leibh|leat|seadh|taing|tha) )*(tha |chaidh )?(e |i |seo |sin )?(air )?(a )?(charadh|dheanamh|deiseil)( (a nis|an diugh|tapadh|leibh|leat|taing|moran))*`,
	}, "|") + `)$`)
	supposing = regexp.MustCompile(`\b(if|when|will|would|should|could|unless|whether|os|pryd|ma|nuair|cuin)\b`)
)

// readVerdict reads whether somebody plainly says that something is fixed, or is
// not.
func readVerdict(body string) (Verdict, bool) {
	if len([]rune(body)) > maxVerdict || strings.Contains(body, "?") {
		return "", false
	}
	words := strings.Join(strings.FieldsFunc(strings.NewReplacer("'", "", "’", "", "‘", "").Replace(text.Fold(body)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), " ")
	switch {
	case words == "" || supposing.MatchString(words):
		return "", false
	case sayingUnfixed.MatchString(words):
		return SaysUnfixed, true
	case sayingFixed.MatchString(words):
		return SaysFixed, true
	}
	return "", false
}

// HeardVerdicts is told what happened at the desk, within the transaction that
// keeps it. Where a case of the conversation is done and the citizen plainly says
// whether it is fixed, that is noted as read; an officer sees it as such and can
// take it back.
func (s *Service) HeardVerdicts(ctx context.Context, tx *db.Tx, list []desk.Happening) error {
	said := map[int64]desk.Message{}
	var conversations []int64
	for _, h := range list {
		m := h.Message
		if h.Opened || h.CaseRef == "" || m.Direction != desk.In || m.Automatic != "" || !m.DeletedAt.IsZero() || m.OffNetwork() {
			continue
		}
		if _, plain := readVerdict(m.Body); plain {
			said[m.ConversationID] = m
			conversations = append(conversations, m.ConversationID)
		}
	}
	if len(said) == 0 {
		return nil
	}
	cases, err := doneAmong(ctx, tx, conversations)
	if err != nil {
		return err
	}
	seen := map[int64]bool{} // conversations: the newest of their done cases is meant
	for _, d := range cases {
		if seen[d.conversation] {
			continue
		}
		seen[d.conversation] = true
		if err := s.heardVerdictTx(ctx, tx, d, said[d.conversation]); err != nil {
			return fmt.Errorf("read whether case %d is fixed: %w", d.id, err)
		}
	}
	return nil
}

// doneCase is a case that is done, and a conversation of it.
type doneCase struct{ id, conversation int64 }

func (s *Service) heardVerdictTx(ctx context.Context, tx *db.Tx, d doneCase, m desk.Message) error {
	c, err := caseTx(ctx, tx, d.id)
	if err != nil {
		return err
	}
	steps, err := stood(ctx, tx, c.ID)
	if err != nil {
		return err
	}
	closing, closed := closingOf(steps)
	if !closed || m.At.Before(closing.At.Add(-time.Minute)) { // said before it was closed; clocks differ a little
		return nil
	}
	verdict, _ := readVerdict(m.Body)
	who := "page"
	if c.ConversationID != m.ConversationID {
		who = fmt.Sprintf("conversation:%d", m.ConversationID)
	}
	by := record.Actor{Kind: record.Citizen, ID: c.PersonID, Name: m.Author}
	_, err = s.judgeTx(ctx, tx, &c, judgement{who: who, by: by, verdict: verdict, way: Read, words: m.Body, message: m.ID})
	var one *fault.Error
	if errors.As(err, &one) {
		return nil // too late, or taken up meanwhile: the message itself is on the desk
	}
	return err
}
