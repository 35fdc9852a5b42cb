package desk

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// maxUpload bounds a request that attaches files, all of them together.
const maxUpload = network.MaxMediaBytes + 1<<20

// asked reads what every form of the composer carries: the conversation, who
// writes, and the fields.
func (s *Service) asked(r *http.Request) (conversation int64, by staff.Officer, f *web.Form, err error) {
	if conversation, err = pathID(r); err != nil {
		return conversation, by, nil, err
	}
	if by, err = s.officer(r.Context()); err != nil {
		return conversation, by, nil, err
	}
	f, err = web.ReadForm(r)
	return conversation, by, f, err
}

// postReply sends an answer, or keeps a note.
func (s *Service) postReply(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	reply, as := replyOf(f, conversation)
	if f.Ticked("discard") {
		if err := s.discard(r.Context(), by, conversation); err != nil {
			return err
		}
		return s.emptied(w, r, conversation, web.Notice{Text: "What you wrote was discarded."})
	}
	if as == asNote {
		if err := s.note(r.Context(), by, f, conversation); err != nil {
			return s.notSent(w, r, f, reply, as, err)
		}
		return s.emptied(w, r, conversation, web.Notice{Text: "Note added."})
	}
	if reply.SeenID, err = strconv.ParseInt(f.Value("seen"), 10, 64); err != nil {
		reply.SeenID = 0
	}
	if err := s.describeAll(r.Context(), by, conversation, f); err != nil {
		return s.notSent(w, r, f, reply, as, err)
	}
	if f.Exact("note") != "" {
		if err := s.keepForm(r.Context(), f, conversation); err != nil {
			return s.notSent(w, r, f, reply, as, err)
		}
	}
	m, err := s.Reply(r.Context(), by, reply)
	if err != nil {
		return s.notSent(w, r, f, reply, as, err)
	}
	notice := web.Notice{Text: "Your answer goes out in a moment.", UndoURL: pathTo(conversation, "stop") + "?" + r.URL.RawQuery,
		Undo: map[string]string{"message": id(m.ID)}, UndoSeconds: int(s.UndoWindow.Seconds())}
	if _, rules, err := s.composeFor(r.Context(), conversation); err == nil && rules.WrittenDown != "" {
		notice.Text = "Written down. Nothing is sent."
	}
	if reply.Then == "close" {
		notice.Text = "Closed. " + notice.Text
	}
	if !web.IsFragment(r) { // nothing was remarked while it was written: there was no script
		if list := s.remarksOn(r.Context(), conversation, reply.Body); len(list) > 0 {
			notice.Text += " " + list[0].Text // more would leave no room for the undo
		}
	}
	return s.emptied(w, r, conversation, notice)
}

// describeAll keeps the descriptions of files that came along with the answer.
func (s *Service) describeAll(ctx context.Context, by staff.Officer, conversation int64, f *web.Form) error {
	d, err := s.DraftOf(ctx, by.ID, conversation)
	if err != nil {
		return err
	}
	for _, m := range d.Media {
		if name := altField(m); len(f.Values(name)) > 0 && f.Text(name) != m.Alt {
			if err := s.Describe(ctx, by.ID, m.ID, f.Text(name)); err != nil {
				return err
			}
		}
		if err := s.focusAs(ctx, by, m.ID, f); err != nil {
			return err
		}
	}
	return nil
}

// focusAs keeps what must stay in sight of a file, where the form says it.
func (s *Service) focusAs(ctx context.Context, by staff.Officer, media int64, f *web.Form) error {
	name := focusField(Media{ID: media})
	if len(f.Values(name)) == 0 {
		return nil
	}
	x, y, ok := focusAt(f.Value(name))
	if !ok {
		return fault.Field(name, "Choose a part of the picture.")
	}
	return s.Focus(ctx, by.ID, media, x, y)
}

// keepForm keeps what the form holds as a draft.
func (s *Service) keepForm(ctx context.Context, f *web.Form, conversation int64) error {
	by, err := s.officer(ctx)
	if err != nil {
		return err
	}
	d, err := draftOf(f, conversation)
	if err != nil {
		return err
	}
	return s.SaveDraft(ctx, by.ID, d)
}

// note keeps a note, and the answer that was begun beside it as a draft.
func (s *Service) note(ctx context.Context, by staff.Officer, f *web.Form, conversation int64) error {
	if err := s.keepForm(ctx, f, conversation); err != nil {
		return err
	}
	_, err := s.Note(ctx, by, conversation, f.Exact("note"))
	return err
}

// discard empties the draft of an answer: its words and its files. A note that
// was begun beside it stays.
func (s *Service) discard(ctx context.Context, by staff.Officer, conversation int64) error {
	d, err := s.DraftOf(ctx, by.ID, conversation)
	if err != nil {
		return err
	}
	for _, m := range d.Media {
		if err := s.Detach(ctx, by.ID, m.ID); err != nil {
			return err
		}
	}
	return s.SaveDraft(ctx, by.ID, Draft{ConversationID: conversation, Note: d.Note})
}

// emptied answers when the box has been emptied, with an undo where there is
// one.
func (s *Service) emptied(w http.ResponseWriter, r *http.Request, conversation int64, n web.Notice) error {
	if !web.IsFragment(r) {
		return web.RedirectNotice(w, r, pathTo(conversation, "")+"?"+r.URL.RawQuery, n)
	}
	p, err := s.freshPane(r)
	if err != nil {
		return err
	}
	return web.FragmentWithNotice(w, r, withComposer(p), n)
}

// notSent shows the box again with what was written, and why it was not sent.
func (s *Service) notSent(w http.ResponseWriter, r *http.Request, f *web.Form, reply Reply, as string, cause error) error {
	conversation := reply.ConversationID
	var fields fault.Fields
	var one *fault.Error
	problems := map[string]string{}
	switch {
	case errors.As(cause, &fields):
		for _, f := range fields {
			problems[f.Field] = f.Sentence
		}
	case errors.As(cause, &one) && one.Kind == fault.Invalid && one.Field != "":
		problems[one.Field] = one.Sentence
	case fault.Is(cause, fault.Conflict):
	default:
		return cause
	}
	// Sending stopped the browser from keeping what was typed last.
	if err := s.keepForm(r.Context(), f, conversation); err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	show := func(p *paneView) {
		p.compose.draft.Body, p.compose.draft.Note, p.compose.draft.Subject, p.compose.draft.Warning = reply.Body, f.Exact("note"), reply.Subject, reply.Warning
		p.compose.as, p.compose.problems = as, problems
		if len(problems) == 0 {
			p.compose.conflict, p.compose.newer = fault.Sentence(cause), newerThan(p.whole.Messages, reply.SeenID, p.me.ID)
		}
	}
	status := http.StatusUnprocessableEntity
	if len(problems) == 0 {
		status = http.StatusConflict
	}
	if !web.IsFragment(r) {
		return s.showConversation(w, r, status, conversation, show)
	}
	p, err := s.freshPane(r)
	if err != nil {
		return err
	}
	show(&p)
	return web.Fragment(w, r, status, withComposer(p))
}

// newerThan are what came behind the message that somebody had seen: others'
// answers and the citizen's own words.
func newerThan(list []Message, seen, me int64) []Message {
	return slices.DeleteFunc(slices.Clone(list), func(m Message) bool {
		return m.ID <= seen || m.Direction == Note || m.OfficerID == me && m.Direction == Out
	})
}

func (s *Service) postDraft(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	d, err := draftOf(f, conversation)
	if err != nil {
		return err
	}
	if err := s.SaveDraft(r.Context(), by.ID, d); err != nil {
		return err
	}
	s.Look(conversation, by.ID, by.Name, d.Body != "" || d.Note != "")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) postPreview(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	v, err := s.Preview(r.Context(), by, conversation, f.Exact("text"))
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, previewPart(v, pathTo(conversation, "honest")+"?"+r.URL.RawQuery))
}

func (s *Service) postAttach(w http.ResponseWriter, r *http.Request) error {
	conversation, err := pathID(r)
	if err != nil {
		return err
	}
	by, err := s.officer(r.Context())
	if err != nil {
		return err
	}
	_, err = web.ReadUpload(r, network.MaxMediaBytes, func(f *web.File) error {
		if f.Name == "" {
			return nil
		}
		_, err := s.Attach(r.Context(), by.ID, conversation, f.Name, f)
		return err
	})
	if err != nil {
		return err
	}
	return s.filesNow(w, r, conversation)
}

func (s *Service) postDescribe(w http.ResponseWriter, r *http.Request) error {
	_, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	file := f.ID("file", "Say which file.")
	if err := f.Err(); err != nil {
		return err
	}
	if name := altField(Media{ID: file}); len(f.Values(name)) > 0 {
		if err := s.Describe(r.Context(), by.ID, file, f.Text(name)); err != nil {
			return err
		}
	}
	if err := s.focusAs(r.Context(), by, file, f); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Service) postDetach(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	file := f.ID("file", "Say which file.")
	if err := f.Err(); err != nil {
		return err
	}
	if !web.IsFragment(r) { // the whole form came along: keep what was typed
		if err := s.keepForm(r.Context(), f, conversation); err != nil {
			return err
		}
	}
	if err := s.Detach(r.Context(), by.ID, file); err != nil {
		return err
	}
	return s.filesNow(w, r, conversation)
}

// filesNow answers with the files that the draft has now.
func (s *Service) filesNow(w http.ResponseWriter, r *http.Request, conversation int64) error {
	if !web.IsFragment(r) {
		return web.Redirect(w, r, pathTo(conversation, "")+"?"+r.URL.RawQuery)
	}
	p, err := s.barePane(r)
	if err != nil {
		return err
	}
	if p.compose, err = s.composer(r.Context(), p); err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, composeFiles(p))
}

// postStop takes an answer back before it is sent; its words are the draft
// again.
func (s *Service) postStop(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	message := f.ID("message", "Say which answer.")
	if err := f.Err(); err != nil {
		return err
	}
	if f.Value("after") == "trying" {
		if err := s.StopTrying(r.Context(), by, message); err != nil {
			return err
		}
		return s.done(w, r, conversation, web.Notice{Text: "It is not tried any more. Its words stay in the conversation."})
	}
	if _, err := s.StopSending(r.Context(), by, message); err != nil {
		return err
	}
	return s.emptied(w, r, conversation, web.Notice{Text: "Stopped. Nothing was sent; your answer is a draft again."})
}

func (s *Service) postRetry(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	message := f.ID("message", "Say which answer.")
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.Retry(r.Context(), by, message); err != nil {
		return err
	}
	return s.done(w, r, conversation, web.Notice{Text: "It is tried again now."})
}

// postTakeBack removes a sent answer from its network, and begins what is said
// in its place.
func (s *Service) postTakeBack(w http.ResponseWriter, r *http.Request) error {
	conversation, by, f, err := s.asked(r)
	if err != nil {
		return err
	}
	message, reason := f.ID("message", "Say which answer."), f.Text("take_back_reason", web.Required("Say what was wrong with it. It stays on the record."), web.AtMost(maxReason))
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.TakeBack(r.Context(), by, message, reason); err != nil {
		return err
	}
	d, err := s.DraftOf(r.Context(), by.ID, conversation)
	if err != nil {
		return err
	}
	if d.Body == "" { // never over what somebody is writing
		var m Message
		err := s.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
			m, err = messageTx(ctx, tx, message)
			return err
		})
		if err != nil {
			return err
		}
		d = Draft{ConversationID: conversation, Visibility: m.Visibility, Body: apology, Note: d.Note}
		if err := s.SaveDraft(r.Context(), by.ID, d); err != nil {
			return err
		}
	}
	return s.emptied(w, r, conversation, web.Notice{Text: "It is being taken back. Below is the beginning of a correction: finish and send it, or clear the box."})
}

// apology is how a correction can begin. It waits in the box and is sent only
// by the officer.
const apology = "An answer of ours was wrong, and we have taken it back. We are sorry. What we should have said is: "

// getMentions are the colleagues whom "@typed" could mean.
func (s *Service) getMentions(w http.ResponseWriter, r *http.Request) error {
	typed := r.URL.Query().Get("typed")
	if len(typed) > 100 {
		typed = ""
	}
	list, err := s.Staff.Mentions(r.Context(), typed, 8)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, mentionOptions(list))
}
