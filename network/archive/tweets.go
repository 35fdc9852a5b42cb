package archive

import (
	"cmp"
	"encoding/json"
	"errors"
	"html"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
)

// tweets reads the archive of an X account: tweets.js, a script that assigns a
// list, perhaps with parts behind it, and beside it account.js and the files of
// posts. Older archives call it tweet.js.
type tweets struct {
	posts posts
	files files
	owner network.Identity
	now   time.Time
	links map[network.Ref]answered
}

// answered is what a reply of ours answers. The archive has the newest posts first,
// so all of them are read once before, to know which replies go on with which.
// It costs about two hundred bytes for each.
type answered struct {
	parent network.Ref
	mine   bool // the parent is ours too
	to     network.Identity
}

var (
	tweetFile = regexp.MustCompile(`^tweets?(-part(\d+))?\.js$`)
	mediaDir  = regexp.MustCompile(`(^|/)(tweets?_media)/`)
)

func newTweets(file *os.File, o Options) (Reader, error) {
	f, err := openFolder(file, "tweets.js", o.Scratch)
	if err != nil {
		return nil, err
	}
	r := &tweets{now: o.Now, links: map[network.Ref]answered{}, posts: posts{folder: f, enter: enterArray, strip: afterAssignment}}
	r.files = newFiles(f, func(name string) string {
		if mediaDir.MatchString(name) {
			return path.Base(name)
		}
		return ""
	})
	if err := r.begin(o); err != nil {
		_ = r.posts.close() // the error before it says more
		return nil, err
	}
	return r, nil
}

func (r *tweets) begin(o Options) error {
	for _, name := range r.posts.folder.names() {
		if tweetFile.MatchString(path.Base(name)) && !strings.Contains(name, "deleted") {
			r.posts.files = append(r.posts.files, name)
		}
	}
	if len(r.posts.files) == 0 {
		return fault.New(fault.Invalid, "The archive holds no file tweets.js. Is it the archive of an X account?")
	}
	slices.SortFunc(r.posts.files, func(a, b string) int {
		part := func(name string) string { return tweetFile.FindStringSubmatch(path.Base(name))[2] }
		return cmp.Or(cmp.Compare(len(part(a)), len(part(b))), cmp.Compare(part(a), part(b)), cmp.Compare(a, b))
	})
	account, err := readMember(r.posts.folder, path.Join(path.Dir(r.posts.files[0]), "account.js"), 1<<20)
	if err == nil {
		r.readAccount(account)
	} else if fault.Of(err) != "" {
		return err
	}
	if r.owner.ID == "" && len(o.Own) > 0 {
		name := strings.TrimPrefix(cleanLine(o.Own[0], 200), "@")
		r.owner = network.Identity{ID: "@" + strings.ToLower(name), Handle: "@" + name}
	}
	if r.owner.ID == "" {
		return fault.New(fault.Invalid, "The file does not say whose posts it holds. Say it with --own @name, or name the whole archive.")
	}
	r.readLinks()
	for r.posts.count < o.From.Items {
		if _, err := r.posts.next(); errors.Is(err, io.EOF) {
			return nil // the next call says so too
		} else if err != nil {
			return err
		}
	}
	return nil
}

// readLinks goes through the archive once, as far as it can be read: what is
// wrong with it is said when it is gone through again.
func (r *tweets) readLinks() {
	first := posts{folder: r.posts.folder, files: r.posts.files, enter: r.posts.enter, strip: r.posts.strip}
	for {
		raw, err := first.next()
		if err != nil {
			first.end()
			return
		}
		t, err := readTweet(raw)
		if err != nil || t.ReplyTo == "" {
			continue
		}
		l := answered{parent: network.Ref(t.ReplyTo), mine: r.wrote(t)}
		if !l.mine {
			l.to = r.mentions(&network.Post{}, t)
		}
		r.links[network.Ref(t.ID)] = l
	}
}

// wrote reports whether a post answers one of the account's own.
func (r *tweets) wrote(t tweet) bool {
	return t.UserID != "" && t.UserID == r.owner.ID || t.UserName != "" && strings.EqualFold("@"+t.UserName, r.owner.Handle)
}

// longestThread bounds how many of our own posts in a row are followed.
const longestThread = 10_000

// thread is where a post belongs, and whom it was said to.
func (r *tweets) thread(id network.Ref) (network.Ref, network.Identity) {
	for range longestThread {
		l, reply := r.links[id]
		if !reply {
			break
		}
		id = l.parent
		if !l.mine {
			return id, l.to
		}
	}
	return id, network.Identity{}
}

func (r *tweets) readAccount(b []byte) {
	var list []struct {
		Account struct {
			Username    string `json:"username"`
			ID          string `json:"accountId"`
			DisplayName string `json:"accountDisplayName"`
		} `json:"account"`
	}
	i := strings.IndexByte(string(b[:min(len(b), 200)]), '[')
	if i < 0 || json.Unmarshal(b[i:], &list) != nil || len(list) == 0 || list[0].Account.ID == "" {
		return
	}
	a := list[0].Account
	r.owner = network.Identity{ID: cleanLine(a.ID, 100), Name: cleanLine(a.DisplayName, network.MaxNameRunes), Handle: "@" + cleanLine(a.Username, 100),
		Profile: "https://x.com/" + cleanLine(a.Username, 100)}
}

// tweet is what we read of one. Numbers stand in it as text.
type tweet struct {
	ID       string `json:"id_str"`
	Created  string `json:"created_at"`
	Text     string `json:"full_text"`
	OldText  string `json:"text"`
	Language string `json:"lang"`
	ReplyTo  string `json:"in_reply_to_status_id_str"`
	UserID   string `json:"in_reply_to_user_id_str"`
	UserName string `json:"in_reply_to_screen_name"`
	Entities struct {
		Hashtags some[struct{ Text string }] `json:"hashtags"`
		Mentions some[tweetMention]          `json:"user_mentions"`
		URLs     some[tweetURL]              `json:"urls"`
		Media    some[tweetMedia]            `json:"media"`
	} `json:"entities"`
	Extended struct {
		Media some[tweetMedia] `json:"media"`
	} `json:"extended_entities"`
}

type tweetMention struct {
	ID   string `json:"id_str"`
	Name string `json:"name"`
	User string `json:"screen_name"`
}

type tweetURL struct {
	URL      string `json:"url"`
	Expanded string `json:"expanded_url"`
}

type tweetMedia struct {
	URL     string `json:"url"`
	Address string `json:"media_url_https"`
	Alt     string `json:"ext_alt_text"`
	Video   struct {
		Variants some[struct {
			Bitrate json.Number `json:"bitrate"`
			Type    string      `json:"content_type"`
			URL     string      `json:"url"`
		}] `json:"variants"`
	} `json:"video_info"`
}

// createdForm is how the network writes a time.
const createdForm = "Mon Jan 02 15:04:05 -0700 2006"

// Next implements Reader.
func (r *tweets) Next() (Item, error) {
	raw, err := r.posts.next()
	if err != nil {
		return Item{}, err
	}
	item := r.item(raw)
	item.Place, item.Size = postPlace(r.posts.count), int64(len(raw))
	return item, nil
}

// readTweet reads one; archives before 2020 have it bare.
func readTweet(raw json.RawMessage) (t tweet, err error) {
	var around struct {
		Tweet json.RawMessage `json:"tweet"`
	}
	if json.Unmarshal(raw, &around) == nil && len(around.Tweet) > 0 {
		raw = around.Tweet
	}
	if err = json.Unmarshal(raw, &t); err == nil && !number(t.ID) {
		err = errors.New("it has no number")
	}
	return t, err
}

func (r *tweets) item(raw json.RawMessage) Item {
	t, err := readTweet(raw)
	if err != nil {
		return Item{Wrong: "It is not as X writes it."}
	}
	words := cmp.Or(t.Text, t.OldText)
	if strings.HasPrefix(words, "RT @") {
		return Item{Wrong: "It repeats somebody else’s post."}
	}
	at, err := time.Parse(createdForm, t.Created)
	if err != nil || !sane(at, r.now) {
		return Item{Wrong: wrongDate(at)}
	}
	p := &network.Post{Ref: network.Ref(t.ID), Author: r.owner, FromUs: true, At: at.UTC(), Visibility: network.Public, Language: language(t.Language),
		URL: "https://x.com/" + strings.TrimPrefix(cmp.Or(r.owner.Handle, "i"), "@") + "/status/" + t.ID}
	media := t.Extended.Media
	if len(media) == 0 {
		media = t.Entities.Media
	}
	p.Text = t.words(words, media)
	for _, h := range t.Entities.Hashtags {
		p.Tags = append(p.Tags, h.Text)
	}
	r.mentions(p, t)
	p.ReplyTo = network.Ref(t.ReplyTo)
	item := Item{Post: p}
	p.Thread, item.To = r.thread(p.Ref)
	r.attach(&item, t.ID, media)
	return item
}

// mentions are those whom a post names; the one whom it answers is returned.
func (r *tweets) mentions(p *network.Post, t tweet) (to network.Identity) {
	if number(t.UserID) {
		to = network.Identity{ID: t.UserID}
		if user := cleanLine(t.UserName, 100); user != "" {
			to.Handle, to.Profile = "@"+user, "https://x.com/"+user
		}
	}
	for _, m := range t.Entities.Mentions[:min(len(t.Entities.Mentions), network.MaxMentions)] {
		user := cleanLine(m.User, 100)
		if !number(m.ID) || user == "" || m.ID == r.owner.ID {
			continue
		}
		who := network.Identity{ID: m.ID, Handle: "@" + user, Name: cleanLine(m.Name, network.MaxNameRunes), Profile: "https://x.com/" + user}
		p.Mentions = append(p.Mentions, who)
		if who.ID == to.ID {
			to = who
		}
	}
	return to
}

// words are the text with the addresses that the network's own stand for, and
// without those of its files.
func (t tweet) words(s string, media []tweetMedia) string {
	for _, u := range t.Entities.URLs {
		if strings.HasPrefix(u.URL, "https://t.co/") && u.Expanded != "" {
			s = strings.ReplaceAll(s, u.URL, u.Expanded)
		}
	}
	for _, m := range media {
		if strings.HasPrefix(m.URL, "https://t.co/") {
			s = strings.ReplaceAll(s, m.URL, "")
		}
	}
	return html.UnescapeString(strings.TrimSpace(s))
}

func (r *tweets) attach(item *Item, id string, media []tweetMedia) {
	var called []string
	for i, m := range media[:min(len(media), network.MaxMedia)] {
		address := m.Address
		best := int64(-1)
		for _, v := range m.Video.Variants {
			if rate, err := v.Bitrate.Int64(); err == nil && rate > best {
				best, address = rate, v.URL
			}
		}
		address, _, _ = strings.Cut(address, "?")
		item.Post.Media = append(item.Post.Media, network.Media{Filename: fileName(i, address), Alt: m.Alt})
		called = append(called, id+"-"+path.Base(address))
	}
	item.Open = r.files.opener(called)
}

// number reports whether s is an identifier of the network.
func number(s string) bool {
	return s != "" && len(s) <= 30 && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}

// language leaves out what the network writes where it does not know one.
func language(s string) string {
	switch s {
	case "und", "zxx", "qme", "qht", "qam", "qct", "qst", "art":
		return ""
	}
	return s
}

// Position implements Reader.
func (r *tweets) Position() Position { return Position{Items: r.posts.count} }

// Owner implements Reader.
func (r *tweets) Owner() network.Identity { return r.owner }

// Close implements Reader.
func (r *tweets) Close() error { return r.posts.close() }
