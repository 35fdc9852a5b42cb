package casework

import (
	"context"
	"fmt"
	"strings"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

// asks are the words around questions, in one language. {ref} stands for the
// case's reference.
type asks struct {
	one, several  string // before the questions
	numbers       string // after several
	reply         string // after one
	thanks        string
	choose, which string // before the answers of a list: one of, some of
}

func asksIn(language string) asks {
	switch spokenIn(language) {
	case welsh:
		return asks{
			one:     "Achos {ref}: mae angen i ni wybod un peth arall cyn y gallwn fwrw ymlaen.",
			several: "Achos {ref}: mae angen i ni wybod ychydig mwy cyn y gallwn fwrw ymlaen.",
			numbers: "Atebwch yma, gyda rhif pob cwestiwn.", reply: "Atebwch yma.",
			thanks: "Achos {ref}: diolch, dyna’r cyfan sydd ei angen arnom.", choose: "Dewiswch: ", which: "Pa rai: "}
	case gaelic:
		return asks{
			one:     "Cùis {ref}: feumaidh sinn aon rud eile fhaighinn a-mach mus urrainn dhuinn leantainn air adhart.",
			several: "Cùis {ref}: feumaidh sinn beagan a bharrachd fhaighinn a-mach mus urrainn dhuinn leantainn air adhart.",
			numbers: "Freagraibh an seo, le àireamh gach ceist.", reply: "Freagraibh an seo.",
			thanks: "Cùis {ref}: tapadh leibh, sin na tha a dhìth oirnn.", choose: "Tagh: ", which: "Cò dhiubh: "}
	}
	return asks{
		one:     "Case {ref}: we need to know one more thing before we can go on.",
		several: "Case {ref}: we need to know a little more before we can go on.",
		numbers: "Please reply here, with the number of each question.", reply: "Please reply here.",
		thanks: "Case {ref}: thank you, that is all we need.", choose: "Choose: ", which: "Which of: "}
}

// Asking is what the words with which a citizen is asked depend on.
type Asking struct {
	Language  string // BCP 47
	Reference string
	First     string // said before, in the same message; "" for nothing
	Questions directory.Attributes
}

// maxChoices is how many answers of a list are named: a post is short.
const maxChoices = 12

// Says is the one message in which everything is asked.
func (a Asking) Says() string {
	in := asksIn(a.Language)
	var b strings.Builder
	if a.First != "" {
		b.WriteString(a.First + "\n\n")
	}
	if len(a.Questions) == 1 {
		b.WriteString(filled(in.one, a.Reference, "") + "\n\n" + a.question(in, a.Questions[0]) + "\n\n" + in.reply)
		return b.String()
	}
	b.WriteString(filled(in.several, a.Reference, "") + "\n")
	for i, q := range a.Questions {
		fmt.Fprintf(&b, "\n%d. %s", i+1, a.question(in, q))
	}
	b.WriteString("\n\n" + in.numbers)
	return b.String()
}

// Thanks is said when nothing is missing any more.
func (a Asking) Thanks() string { return filled(asksIn(a.Language).thanks, a.Reference, "") }

func (a Asking) question(in asks, q directory.Attribute) string {
	said := q.Question(a.Language)
	if !q.Datatype.List() || len(q.Values) > maxChoices {
		return said
	}
	var names []string
	for _, v := range q.Values {
		names = append(names, v.Label(a.Language))
	}
	if len(names) == 2 && q.Values[0].Key == "yes" {
		return said
	}
	before := in.choose
	if q.Datatype == directory.MultiValueList {
		before = in.which
	}
	return said + " " + before + strings.Join(names, "; ") + "."
}

var errNothingMissing = fault.New(fault.Conflict, "Nothing is missing any more. Look at the case as it is now.")

// Ask asks the citizen in one message for everything that the service needs and
// that is not known. The case waits for their reply.
//
// Errors: fault.NotFound; fault.Conflict when nothing is missing; fault.Invalid
// when there is no way to ask.
func (s *Service) Ask(ctx context.Context, by staff.Officer, id, version int64) (Case, Step, error) {
	var c Case
	var step Step
	err := s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		var err error
		if c, err = caseTx(ctx, tx, id); err != nil {
			return err
		}
		if c.Version != version {
			return changedBy(ctx, tx, c)
		}
		step, err = s.askTx(ctx, tx, by.Actor(), &c, "")
		return err
	})
	if err != nil {
		return Case{}, Step{}, fmt.Errorf("ask about case %d: %w", id, err)
	}
	return c, step, nil
}

// askTx asks for what is missing; first stands before the questions.
func (s *Service) askTx(ctx context.Context, tx *db.Tx, by record.Actor, c *Case, first string) (Step, error) {
	known, err := s.askedTx(ctx, tx, *c)
	if err != nil {
		return Step{}, err
	}
	switch {
	case len(known.Missing) == 0:
		return Step{}, errNothingMissing
	case c.ConversationID == 0:
		return Step{}, fault.New(fault.Invalid, "This case has no conversation in which the citizen could be asked. Ring or write to them, and enter the answers.")
	case c.Quiet:
		return Step{}, fault.New(fault.Invalid, "The citizen wants no more messages about this case. Enter the answers when you know them.")
	case c.State == NeedsInformation && !known.Since.IsZero():
		return Step{}, fault.New(fault.Conflict, "The citizen has been asked already. Wait for their reply, or write to them in the conversation.")
	}
	open := asking{CaseID: c.ID, ConversationID: c.ConversationID, Back: c.State, At: tx.Now}
	if c.State == NeedsInformation {
		open.Back = Received
	}
	for _, q := range known.Missing {
		open.Codes = append(open.Codes, q.Code)
	}
	say := Asking{Language: c.Language, Reference: c.Reference, First: first, Questions: known.Missing}.Says()
	if err := putAsking(ctx, tx, open); err != nil {
		return Step{}, err
	}
	if c.State == NeedsInformation { // by hand, in other words: now the questions
		_, err := s.Desk.SayTx(ctx, tx, c.ConversationID, by, fmt.Sprintf("ask:%d:%d", c.ID, c.Version), say)
		return Step{}, err
	}
	return s.MoveTx(ctx, tx, by, c, Moving{To: NeedsInformation, Say: say})
}
