package webform

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/secret"
	"mercat.scot/mercat/platform/web"
)

// pageView is what the private page of a thread shows.
type pageView struct {
	*words
	reference string
	thread    thread
	council   string
	address   string // whole, to be copied
	posts     []post
	questions []Question // of the thread's service, for what was answered
	steps     []Step
	state     string
	zone      *time.Location
	form      *web.Form
	token     string
	files     []file
	added     bool // the citizen has just written
	changed   bool // the form had been sent before with other words
}

func (v pageView) url() string { return address("/track/"+v.reference, v.Language) }

func (v pageView) answered() bool {
	for _, p := range v.posts {
		if p.out && p.deleted.IsZero() {
			return true
		}
	}
	return false
}

func (v pageView) media(f file) string {
	return "/track/" + v.reference + "/media/" + strconv.FormatInt(f.id, 10)
}

// holderOf finds the thread that a reference opens. A wrong reference and one
// whose page is gone look alike.
func (n *Network) holderOf(r *http.Request) (string, thread, bool, error) {
	from, now := web.ClientAddr(r), n.o.Now()
	if n.limits.guesses.Wait(from, now) > 0 {
		return "", thread{}, false, fault.New(fault.TooMany, asked(r).ErrGuesses+".")
	}
	reference, err := secret.ParseReference(r.PathValue("reference"))
	if err != nil || !isLong(reference) {
		n.limits.guesses.Spend(from, now)
		return "", thread{}, false, nil
	}
	t, found, err := n.threadOf(r.Context(), reference)
	if err == nil && !found {
		n.limits.guesses.Spend(from, now)
	}
	return reference, t, found, err
}

func (n *Network) threadOf(ctx context.Context, reference string) (t thread, found bool, err error) {
	err = n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		t, found, err = threadByReference(ctx, tx, secret.HashToken(reference))
		return err
	})
	if err != nil {
		err = fmt.Errorf("find a private page: %w", err)
	}
	return t, found, err
}

// lost answers whoever has no reference to a page.
func (n *Network) lost(w http.ResponseWriter, r *http.Request) error {
	web.KeepPrivate(w)
	words := asked(r)
	return render(w, r, http.StatusNotFound, words, lostPage(enterView{words: words}))
}

func (n *Network) showPage(w http.ResponseWriter, r *http.Request) error {
	reference, t, found, err := n.holderOf(r)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	v, err := n.viewPage(r, reference, t)
	if err != nil {
		return err
	}
	v.added = r.URL.Query().Has("added")
	v.form, v.token = web.NewForm(), newToken()
	web.KeepPrivate(w)
	return render(w, r, http.StatusOK, v.words, privatePage(v))
}

func (n *Network) lostUnless(err error, w http.ResponseWriter, r *http.Request) error {
	if err != nil {
		return nil
	}
	return n.lost(w, r)
}

func (n *Network) viewPage(r *http.Request, reference string, t thread) (pageView, error) {
	ctx := r.Context()
	v := pageView{
		words: in(languageFor(r.URL.Query().Get("lang"), t.language)), reference: reference, thread: t,
		address: cmp.Or(n.o.BaseURL, web.Origin(r)) + "/track/" + reference, zone: web.Location(ctx),
	}
	council, err := n.o.Council(ctx)
	if err != nil {
		return pageView{}, fmt.Errorf("find the council of a private page: %w", err)
	}
	if v.council = council.Name; v.council == "" {
		v.council = v.TheCouncil
	}
	if v.questions, err = n.asksFor(ctx, t.service, v.Language); err != nil {
		return pageView{}, err
	}
	return v, n.refresh(ctx, &v)
}

// refresh reads what changes while the page is open.
func (n *Network) refresh(ctx context.Context, v *pageView) error {
	var st state
	err := n.o.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if st, err = threadState(ctx, tx, v.thread.id); err != nil {
			return err
		}
		if v.thread, _, err = readThread(ctx, tx, v.thread.id); err != nil {
			return err
		}
		v.posts, err = postsOfThread(ctx, tx, v.thread.id, pagePosts)
		return err
	})
	if err != nil {
		return fmt.Errorf("read a private page: %w", err)
	}
	v.steps = []Step{{At: v.thread.created, Title: v.StepReceived}}
	if v.thread.conversation != "" {
		steps, err := n.o.Steps(ctx, v.thread.conversation, string(v.Language))
		if err != nil {
			return fmt.Errorf("find what was done about a message: %w", err)
		}
		v.steps = append(v.steps, steps...)
		slices.SortStableFunc(v.steps, func(a, b Step) int { return a.At.Compare(b.At) })
	}
	v.state = fmt.Sprintf("%d.%d.%d.%d", st.posts, st.seq, st.deleted, len(v.steps))
	return nil
}

func (n *Network) takeMessage(w http.ResponseWriter, r *http.Request) error {
	reference, t, found, err := n.holderOf(r)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	web.KeepPrivate(w)
	slowly(w, n.o.Now())
	words := in(languageFor(r.URL.Query().Get("lang"), t.language))
	wait := n.limits.sends.Wait(web.ClientAddr(r), n.o.Now())
	in, err := n.receive(r, words, wait == 0)
	if err != nil {
		return err
	}
	s := readMessage(in.form, words)
	in.note()
	if wait > 0 {
		in.form.Fail("", fmt.Sprintf(words.ErrTooManyF, minutes(wait)))
		w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())+1))
		return n.pageAgain(w, r, http.StatusTooManyRequests, reference, t, in)
	}
	n.limits.sends.Spend(web.ClientAddr(r), n.o.Now())
	if in.form.Err() != nil {
		if in.ours {
			n.limits.sends.GiveBack(web.ClientAddr(r))
		}
		return n.pageAgain(w, r, statusOf(in), reference, t, in)
	}
	err = n.writeAgain(r.Context(), t, in.token, s, in.fileIDs())
	switch {
	case errors.Is(err, errChanged):
		return n.secondThoughts(w, r, reference, in)
	case errors.Is(err, errFull):
		in.form.Fail("", words.ErrFull)
		return n.pageAgain(w, r, http.StatusConflict, reference, t, in)
	case err != nil:
		n.limits.sends.GiveBack(web.ClientAddr(r))
		n.o.Log.ErrorContext(r.Context(), "a message could not be kept", "reference", web.RequestID(r.Context()), "error", err)
		in.form.Fail("", words.ErrTryAgain)
		return n.pageAgain(w, r, http.StatusServiceUnavailable, reference, t, in)
	}
	return web.Redirect(w, r, address("/track/"+reference, words.Language, "added", "1"))
}

// pageAgain shows the private page with a message that was not sent.
func (n *Network) pageAgain(w http.ResponseWriter, r *http.Request, status int, reference string, t thread, in received) error {
	v, err := n.viewPage(r, reference, t)
	if err != nil {
		return err
	}
	v.form, v.token, v.files = in.form, in.token, in.files
	return render(w, r, status, v.words, privatePage(v))
}

// secondThoughts shows the page of a form that had been sent before, with the
// words that are new to be sent as another message.
func (n *Network) secondThoughts(w http.ResponseWriter, r *http.Request, reference string, in received) error {
	t, found, err := n.threadOf(r.Context(), reference)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	v, err := n.viewPage(r, reference, t)
	if err != nil {
		return err
	}
	v.form, v.token, v.changed = web.NewForm("message", in.form.Value("message")), newToken(), true
	web.KeepPrivate(w)
	return render(w, r, http.StatusConflict, v.words, privatePage(v))
}

func (n *Network) showSent(w http.ResponseWriter, r *http.Request) error {
	reference, t, found, err := n.holderOf(r)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	v, err := n.viewPage(r, reference, t)
	if err != nil {
		return err
	}
	web.KeepPrivate(w)
	return render(w, r, http.StatusOK, v.words, sentPage(v))
}

// showMedia shows a file of a thread to its holder.
func (n *Network) showMedia(w http.ResponseWriter, r *http.Request) error {
	_, t, found, err := n.holderOf(r)
	if err != nil || !found {
		return errors.Join(err, n.lostUnless(err, w, r))
	}
	gone := fault.New(fault.NotFound, "This file is no longer here.")
	id, err := strconv.ParseInt(r.PathValue("file"), 10, 64)
	if err != nil {
		return gone
	}
	var f file
	err = n.o.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		var known bool
		var err error
		if f, known, err = readFile(ctx, tx, id); err != nil {
			return err
		}
		p, has, err := readPost(ctx, tx, f.post)
		if err == nil && (!known || !has || p.thread != t.id || !p.deleted.IsZero()) {
			err = gone
		}
		return err
	})
	if err != nil {
		return err
	}
	return n.serve(w, r, f, r.URL.Query().Has("thumb"))
}

// enterView is the page on which a reference is entered.
type enterView struct {
	*words
	form *web.Form
}

func (n *Network) showEnter(w http.ResponseWriter, r *http.Request) error {
	web.KeepPrivate(w)
	words := asked(r)
	return render(w, r, http.StatusOK, words, enterPage(enterView{words: words}))
}

func (n *Network) enter(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	web.KeepPrivate(w)
	words := asked(r)
	from, now := web.ClientAddr(r), n.o.Now()
	status := http.StatusUnprocessableEntity
	reference, err := secret.ParseReference(f.Value("reference"))
	switch {
	case n.limits.guesses.Wait(from, now) > 0:
		status = http.StatusTooManyRequests
		f.Fail("reference", words.ErrGuesses)
	case err != nil:
		f.Fail("reference", words.ErrReference)
	case !isLong(reference):
		f.Fail("reference", words.ErrShort)
	default:
		_, found, err := n.threadOf(r.Context(), reference)
		if err != nil {
			return err
		}
		if found {
			return web.Redirect(w, r, address("/track/"+reference, words.Language))
		}
		n.limits.guesses.Spend(from, now)
		f.Fail("reference", words.ErrUnknown)
	}
	return render(w, r, status, words, enterPage(enterView{words: words, form: f}))
}
