package practice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/blob"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/platform/web"
)

const (
	home       = "/practice"
	asCookie   = "practice-citizen"
	asAge      = 30 * 24 * time.Hour
	uploadRoom = 1 << 20 // for the fields beside the picture
)

// Routes registers the page. Readers says who is let in: people who work here,
// or on a machine for trying things out everybody. Only Options.Writers change
// anything.
func (p *Practice) Routes(rt *web.Router, readers web.Access) {
	writers := p.options.Writers
	rt.Handle("GET "+home, readers, p.show)
	rt.Handle("GET "+home+"/live", readers, p.live, web.Live())
	rt.Handle("GET "+home+"/pictures/{ref}/{position}/{size}", readers, p.showPicture)
	rt.Handle("POST "+home+"/posts", writers, p.post, web.MaxBody(MaxPicture+uploadRoom), web.Deadline(2*time.Minute))
	rt.Handle("GET "+home+"/posts/{ref}", writers, p.showPost)
	rt.Handle("POST "+home+"/posts/{ref}", writers, p.editPost)
	rt.Handle("POST "+home+"/posts/{ref}/reply", writers, p.reply)
	rt.Handle("POST "+home+"/posts/{ref}/delete", writers, p.deletePost)
	rt.Handle("POST "+home+"/citizens", writers, p.addCitizen)
	rt.Handle("POST "+home+"/fault", writers, p.setFault)
}

// onlooker is who looks at the page: as which citizen, and whether they may
// write as them.
type onlooker struct {
	citizen int64
	writes  bool
}

func (p *Practice) onlooker(ctx context.Context, citizen int64) onlooker {
	viewer, _ := web.ViewerOf(ctx)
	return onlooker{citizen: citizen, writes: p.options.Writers.Admits(&viewer)}
}

// page is what the page shows.
type page struct {
	As       Citizen
	Writes   bool // or only looks on
	Citizens []Citizen
	Accounts []account
	Fault    Fault
	Timeline
	View     View
	Key      string // of the next post
	Compose  *web.Form
	KeptName string
	Kept     string      // the key of a picture that came with a form in which something else was wrong
	Answers  network.Ref // the thread whose reply has Reply
	Reply    *web.Form
	Join     *web.Form
	Fail     *web.Form
}

// view reads from the query who looks and where. A link to a private post leads
// to whoever may read it.
func (p *Practice) view(w http.ResponseWriter, r *http.Request) (View, error) {
	q := r.URL.Query()
	v := View{Post: network.Ref(q.Get("post"))}
	v.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64) // nonsense is the newest
	chosen, _ := strconv.ParseInt(q.Get("as"), 10, 64)
	kept, _ := strconv.ParseInt(web.Cookie(r, asCookie), 10, 64)
	err := p.options.DB.Read(r.Context(), func(ctx context.Context, tx *db.Tx) error {
		if v.Post != "" && chosen == 0 {
			m, found, err := findPost(ctx, tx, sqlPostByID, idOf(v.Post))
			if err != nil {
				return err
			}
			if found && !m.seenBy(kept) {
				v.Citizen = max(m.citizen, m.addressee)
				return nil
			}
		}
		for _, id := range []int64{chosen, kept} {
			if _, found, err := findCitizen(ctx, tx, id); err != nil || found {
				v.Citizen = id
				return err
			}
		}
		all, err := readCitizens(ctx, tx)
		if err == nil && len(all) > 0 {
			v.Citizen = all[0].ID
		}
		return err
	})
	if err != nil {
		return View{}, fmt.Errorf("find out who is on the practice network: %w", err)
	}
	if chosen != 0 && v.Citizen == chosen && chosen != kept {
		web.SetCookie(r.Context(), w, asCookie, strconv.FormatInt(chosen, 10), asAge)
	}
	return v, nil
}

// load reads what the page shows.
func (p *Practice) load(ctx context.Context, v View) (page, error) {
	pg := page{View: v, Key: strings.ToLower(rand.Text()), Writes: p.onlooker(ctx, v.Citizen).writes}
	var err error
	if pg.Timeline, err = p.Timeline(ctx, v); err != nil {
		return page{}, err
	}
	if pg.Fault, err = p.Fault(ctx); err != nil {
		return page{}, err
	}
	err = p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		if pg.Citizens, err = readCitizens(ctx, tx); err != nil {
			return err
		}
		pg.Accounts, err = readAccounts(ctx, tx)
		return err
	})
	if err != nil {
		return page{}, fmt.Errorf("read who is on the practice network: %w", err)
	}
	for _, c := range pg.Citizens {
		if c.ID == v.Citizen {
			pg.As = c
		}
	}
	return pg, nil
}

func (p *Practice) show(w http.ResponseWriter, r *http.Request) error {
	v, err := p.view(w, r)
	if err != nil {
		return err
	}
	pg, err := p.load(r.Context(), v)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, practicePage(pg))
}

// again shows the page once more with what was typed and what is wrong with it.
func (p *Practice) again(w http.ResponseWriter, r *http.Request, v View, change func(*page)) error {
	pg, err := p.load(r.Context(), v)
	if err != nil {
		return err
	}
	change(&pg)
	return web.Render(w, r, http.StatusUnprocessableEntity, practicePage(pg))
}

// to is the address of the page for a citizen, at a post when there is one.
func to(citizen int64, ref network.Ref) string {
	address := home + "?as=" + strconv.FormatInt(citizen, 10)
	if ref != "" {
		address += "#p-" + string(ref)
	}
	return address
}

func asOf(f *web.Form) int64 { return f.ID("as", "Choose who you are.") }

// post takes the composer.
func (p *Practice) post(w http.ResponseWriter, r *http.Request) error {
	var pictures []Picture
	var wrongPicture error
	f, err := web.ReadUpload(r, MaxPicture, func(file *web.File) error {
		if file.Field != "picture" || len(pictures) > 0 {
			return nil
		}
		k, err := p.TakePicture(r.Context(), file, file.Name)
		if kind := fault.Of(err); kind == fault.Invalid || kind == fault.TooLarge {
			wrongPicture = err
			return nil
		}
		if err == nil {
			pictures = append(pictures, k)
		}
		return err
	})
	if err != nil {
		return err
	}
	if len(pictures) == 0 && wrongPicture == nil && f.Value("kept") != "" {
		if pictures, err = p.keptPicture(r.Context(), f.Value("kept"), f.Value("kept_name")); err != nil {
			return err
		}
	}
	s := Saying{Citizen: asOf(f), To: f.Value("to"), Private: f.Value("reach") == "private", Text: f.Value("text"), Key: f.Value("key"), Pictures: pictures}
	for i := range s.Pictures {
		s.Pictures[i].Alt = f.Value("alt")
	}
	if wrongPicture != nil {
		f.Fail("picture", fault.Sentence(wrongPicture))
	}
	var ref network.Ref
	if err := f.Err(); err == nil {
		if ref, err = p.Say(r.Context(), s); err != nil && !f.Take(err) {
			return err
		}
	}
	if f.Err() != nil {
		return p.again(w, r, View{Citizen: s.Citizen}, func(pg *page) {
			pg.Compose = f
			if len(pictures) > 0 {
				pg.Kept, pg.KeptName = string(pictures[0].Full), pictures[0].Name
			}
		})
	}
	return web.RedirectWithNotice(w, r, to(s.Citizen, ref), posted(s.Private))
}

func posted(private bool) string {
	if private {
		return "Sent to the council in private. Look for it at the desk."
	}
	return "Posted. Look for it at the desk."
}

// keptPicture takes a picture of ours once more: one that came with a form in
// which something else was wrong. It is decoded anew, so that the key of some
// other file is of no use.
func (p *Practice) keptPicture(ctx context.Context, kept, name string) ([]Picture, error) {
	key, err := blob.ParseKey(kept)
	if err != nil {
		return nil, nil
	}
	body, _, err := p.options.Blobs.Open(ctx, key)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open a picture that was kept: %w", err)
	}
	k, err := p.TakePicture(ctx, body, name)
	if closed := body.Close(); err == nil && closed != nil {
		err = fmt.Errorf("close a picture that was kept: %w", closed)
	}
	if fault.Of(err) != "" {
		return nil, nil
	}
	return []Picture{k}, err
}

// replyField is the name of the box in which a thread is answered.
func replyField(thread network.Ref) string { return "reply-" + string(thread) }

// reply answers the post that the form names, in the thread of the address.
func (p *Practice) reply(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	thread := network.Ref(r.PathValue("ref"))
	s := Saying{Citizen: asOf(f), ReplyTo: network.Ref(f.Value("post")), Text: f.Value(replyField(thread)), Key: f.Value("key")}
	var ref network.Ref
	if err := f.Err(); err == nil {
		ref, err = p.Say(r.Context(), s)
		if err != nil && !takeAs(f, err, "text", replyField(thread)) {
			return err
		}
	}
	if f.Err() != nil {
		v := View{Citizen: s.Citizen}
		if f.Ticked("alone") {
			v.Post = thread
		}
		return p.again(w, r, v, func(pg *page) { pg.Answers, pg.Reply = thread, f })
	}
	if f.Ticked("alone") {
		return web.Redirect(w, r, home+"?as="+strconv.FormatInt(s.Citizen, 10)+"&post="+string(thread)+"#p-"+string(ref))
	}
	return web.Redirect(w, r, to(s.Citizen, ref))
}

// takeAs is Form.Take where a field has another name on the page.
func takeAs(f *web.Form, err error, field, name string) bool {
	var fields fault.Fields
	if errors.As(err, &fields) {
		for _, one := range fields {
			if one.Field == field {
				f.Fail(name, one.Sentence)
			} else {
				f.Fail(one.Field, one.Sentence)
			}
		}
		return len(fields) > 0
	}
	return f.Take(err)
}

// changing is what the page for one post shows.
type changing struct {
	As   Citizen
	Post Said
	Form *web.Form
}

func (p *Practice) findOwn(ctx context.Context, citizen int64, ref network.Ref) (changing, error) {
	var c changing
	err := p.options.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) error {
		m, err := own(ctx, tx, citizen, ref)
		if err != nil {
			return err
		}
		c.Post = m.said(citizen)
		c.As, _, err = findCitizen(ctx, tx, citizen)
		return err
	})
	if err != nil {
		return changing{}, fmt.Errorf("find a post to change: %w", err)
	}
	return c, nil
}

func (p *Practice) showPost(w http.ResponseWriter, r *http.Request) error {
	v, err := p.view(w, r)
	if err != nil {
		return err
	}
	c, err := p.findOwn(r.Context(), v.Citizen, network.Ref(r.PathValue("ref")))
	if err != nil {
		return err
	}
	c.Form = web.NewForm("text", c.Post.Text)
	return web.Render(w, r, http.StatusOK, changePage(c))
}

func (p *Practice) editPost(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	citizen, ref := asOf(f), network.Ref(r.PathValue("ref"))
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.Edit(r.Context(), citizen, ref, f.Version(), f.Value("text")); err != nil {
		if !f.Take(err) {
			return err
		}
		c, err := p.findOwn(r.Context(), citizen, ref)
		if err != nil {
			return err
		}
		c.Form = f
		return web.Render(w, r, http.StatusUnprocessableEntity, changePage(c))
	}
	return web.RedirectWithNotice(w, r, to(citizen, ref), "Changed. The desk shows the new words, and that they were changed.")
}

func (p *Practice) deletePost(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	citizen, ref := asOf(f), network.Ref(r.PathValue("ref"))
	if err := f.Err(); err != nil {
		return err
	}
	if err := p.Retract(r.Context(), citizen, ref); err != nil {
		return err
	}
	return web.RedirectWithNotice(w, r, to(citizen, ""), "Deleted. The desk is told that it is gone.")
}

// showPicture sends a picture that Photos made. On this page anybody may be
// anybody, so being let in is enough to see it.
func (p *Practice) showPicture(w http.ResponseWriter, r *http.Request) error {
	position, err := strconv.Atoi(r.PathValue("position"))
	if err != nil {
		return errNoPicture()
	}
	k, err := p.picture(r.Context(), network.Ref(r.PathValue("ref")), position, func(post) bool { return true })
	if err != nil {
		return err
	}
	key, contentType := k.Full, k.FullType
	switch r.PathValue("size") {
	case "full":
	case "thumb":
		key, contentType = k.Thumb, k.ThumbType
	default:
		return errNoPicture()
	}
	body, size, err := p.options.Blobs.Open(r.Context(), key)
	if err != nil {
		return fmt.Errorf("show a picture of the practice network: %w", err)
	}
	defer body.Close() // it was only read
	blob.SetPicture(w.Header(), contentType)
	w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method != http.MethodHead {
		// Whoever went away before the end needs no error page.
		_, _ = io.Copy(w, body)
	}
	return nil
}

func (p *Practice) addCitizen(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	c, err := p.AddCitizen(r.Context(), f.Value("name"), f.Value("about"))
	if err != nil {
		if !f.Take(err) {
			return err
		}
		return p.again(w, r, View{Citizen: asOf(f)}, func(pg *page) { pg.Join = f })
	}
	return web.RedirectWithNotice(w, r, to(c.ID, ""), "You are "+text.Excerpt(c.Name, 60)+" now.")
}

func (p *Practice) setFault(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	citizen := asOf(f)
	set := Fault{Kind: FaultKind(f.Value("kind"))}
	if set.Kind == Slow || set.Kind == Limited {
		set.Lasts = time.Duration(f.Int("seconds", 1, 3600, "Enter a number of seconds.")) * time.Second
	}
	if err := f.Err(); err == nil {
		if err := p.SetFault(r.Context(), set); err != nil && !f.Take(err) {
			return err
		}
	}
	if f.Err() != nil {
		return p.again(w, r, View{Citizen: citizen}, func(pg *page) { pg.Fail = f })
	}
	notice := "The practice network fails now. See at the desk what Mercat does about it."
	if set.Kind == None {
		notice = "The practice network works again."
	}
	return web.RedirectWithNotice(w, r, to(citizen, ""), notice)
}

func (pg page) onlooker() onlooker { return onlooker{citizen: pg.As.ID, writes: pg.Writes} }

// liveAddress is the stream that keeps a page as it is shown up to date.
func (pg page) liveAddress() string {
	q := url.Values{"as": {strconv.FormatInt(pg.As.ID, 10)}, "after": {strconv.FormatInt(pg.Seq, 10)}}
	return home + "/live?" + q.Encode()
}
