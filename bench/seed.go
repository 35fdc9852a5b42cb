package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network/practice"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/staff"
)

// What a full council holds: so many messages to a conversation, spread over two
// years.
const (
	messagesEach = 5
	seedYears    = 730 * 24 * time.Hour
)

// Words by which search is measured: one in every second message, one in a
// message of many thousands, two that stand together in some.
const (
	halfWord = "stair"
	rareWord = "capercaillie"
	twoWords = "pothole harbour"
)

// full is a council full of something, of which nobody has the database open.
type full struct {
	app.Config
	engine db.Engine
	of     fullOf
	size   int
	made   float64 // seconds that making it took; 0 when it was there
}

// fullOf is what a council is full of.
type fullOf string

const (
	conversations fullOf = ""
	cases         fullOf = "cases" // and a hundredth as many conversations
)

// fullCouncil makes one, or finds the one that an earlier run has left.
func fullCouncil(ctx context.Context, g *ground, of fullOf, size int) (full, error) {
	o := g.o
	f := full{engine: g.engine, of: of, size: size}
	if o.Keep != "" {
		there, err := f.find(o)
		if err != nil || there {
			return f, err
		}
	}
	began := o.Now()
	var err error
	if f.Config, err = g.council(ctx, fmt.Sprintf("full%s%d", of, size)); err != nil {
		return full{}, err
	}
	if err := f.make(ctx, o); err != nil {
		return full{}, fmt.Errorf("make a full council: %w", err)
	}
	f.made = o.since(began)
	o.Log.Info("a full council is made", "of", cmp.Or(of, "conversations"), "size", size, "seconds", f.made)
	if o.Keep != "" {
		return f, f.keep(g)
	}
	return f, nil
}

// note says what stands in a folder that was kept.
type note struct {
	Engine db.Engine `json:"engine"`
	Size   int       `json:"size"`
	Schema string    `json:"schema,omitempty"`
}

const noteFile = "bench.json"

// keptName is the folder in which it is kept.
func (f *full) keptName() string {
	if f.of != conversations {
		return fmt.Sprintf("%s-%s-%d", f.of, f.engine, f.size)
	}
	return fmt.Sprintf("%s-%d", f.engine, f.size)
}

// readNote reads what stands in a folder that was kept; fs.ErrNotExist when
// there is none.
func readNote(o Options, name string) (n note, err error) {
	b, err := os.ReadFile(filepath.Join(o.Keep, name, noteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return n, err
	}
	if err == nil {
		err = json.Unmarshal(b, &n)
	}
	if err != nil {
		return n, fault.Newf(fault.Conflict, "What is kept in %s cannot be read. Remove the folder.", filepath.Join(o.Keep, name)).Because(err)
	}
	return n, nil
}

// find looks for the one that an earlier run has left.
func (f *full) find(o Options) (bool, error) {
	name := f.keptName()
	n, err := readNote(o, name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	f.Config = app.Config{Data: filepath.Join(o.Keep, name), Now: o.Now, Listen: "127.0.0.1:0"}
	if n.Schema != "" {
		f.DB, err = withSchema(o.DB, n.Schema)
	}
	return true, err
}

// keep moves the council to where the next run finds it. Its schema stays.
func (f *full) keep(g *ground) error {
	folder := filepath.Join(g.o.Keep, f.keptName())
	n := note{Engine: f.engine, Size: f.size}
	if f.engine == db.Postgres {
		last := len(g.schemas) - 1
		n.Schema, g.schemas = g.schemas[last], g.schemas[:last]
	}
	b, err := json.Marshal(n)
	if err != nil {
		return fmt.Errorf("keep a full council: %w", err)
	}
	if err := os.MkdirAll(g.o.Keep, 0o700); err != nil {
		return fmt.Errorf("keep a full council: %w", err)
	}
	// Another file system takes no rename: copy there.
	if err := os.Rename(f.Data, folder); err != nil {
		if err := os.CopyFS(folder, os.DirFS(f.Data)); err != nil {
			return fmt.Errorf("keep a full council: %w", err)
		}
	}
	f.Data = folder
	if err := os.WriteFile(filepath.Join(folder, noteFile), b, 0o600); err != nil {
		return fmt.Errorf("keep a full council: %w", err)
	}
	return nil
}

// make sets the council up and fills it.
func (f full) make(ctx context.Context, o Options) (err error) {
	a, err := app.Open(ctx, f.Config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	if err := setUp(ctx, a); err != nil {
		return err
	}
	phrases, err := f.cast(ctx, a)
	if err != nil {
		return err
	}
	s := seed{d: a.DB(), o: o, size: f.size, phrases: phrases, start: o.Now().Add(-seedYears)}
	if f.of == conversations {
		return s.fill(ctx)
	}
	if err := castAreas(ctx, a.Rooms().Directory, phrases); err != nil {
		return err
	}
	s.size = max(f.size/casesOfConversation, 1)
	return caseSeed{seed: s, cases: f.size}.fill(ctx)
}

// cast makes who is needed, and lists everything of which conversations are put
// together.
func (f full) cast(ctx context.Context, a *app.App) (list phrases, err error) {
	rooms := a.Rooms()
	for i := range 3 {
		_, err := rooms.Desk.Connect(ctx, operator(), desk.NewAccount{Network: practice.Kind, Name: fmt.Sprintf("Practice %d", i+2),
			Options: map[string]string{"name": "Council " + villages[i]}, SignReplies: true})
		if err != nil {
			return nil, err
		}
	}
	accounts, err := rooms.Desk.Accounts(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range accounts {
		list.add("account", phrase{a: string(one.Network), number: one.ID})
	}
	roster, err := rooms.Staff.Roster(ctx)
	if err != nil {
		return nil, err
	}
	admin, ok := roster.ByEmail(adminEmail)
	if !ok {
		return nil, errors.New("there is no administrator")
	}
	if err := castStaff(ctx, rooms.Staff, admin, &list); err != nil {
		return nil, err
	}
	snapshot, err := rooms.Directory.Snapshot(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range snapshot.Services() {
		list.add("service", phrase{number: one.ID})
	}
	list.addWords()
	return list, nil
}

// castStaff makes twelve teams, three of them the administrator's, and names
// twenty officers: the administrator is one, and one is nobody.
func castStaff(ctx context.Context, s *staff.Service, admin staff.Officer, list *phrases) error {
	for i, v := range villages {
		t := staff.Team{Name: "Team " + v}
		if i < 3 {
			t.MemberIDs = []int64{admin.ID}
		}
		made, err := s.AddTeam(ctx, operator(), t)
		if err != nil {
			return err
		}
		list.add("team", phrase{number: made.ID})
	}
	list.add("officer", phrase{number: 0})
	list.add("officer", phrase{number: admin.ID})
	for i := range 18 {
		o, _, err := s.AddOfficer(ctx, operator(), staff.Person{Email: fmt.Sprintf("officer%d@benchmark.example", i), Name: name(i * 21), Role: staff.Answers}, nil)
		if err != nil {
			return err
		}
		list.add("officer", phrase{number: o.ID})
	}
	return nil
}

// castAreas makes an area of every village.
func castAreas(ctx context.Context, d *directory.Directory, list phrases) error {
	for _, v := range villages {
		area, err := d.AddArea(ctx, operator(), directory.Area{Name: v})
		if err != nil {
			return err
		}
		list.add("area", phrase{number: area.ID})
	}
	return nil
}

// phrase is something of which rows are put together: words before and behind a
// place, as they stand and folded for the full-text index, or an id.
type phrase struct {
	a, b   string
	number int64
}

// folded is text as the full-text index has it.
func folded(s string) string { return text.Searchable(s, 0) }

type phrases map[string][]phrase

func (p *phrases) add(kind string, one phrase) {
	if *p == nil {
		*p = phrases{}
	}
	(*p)[kind] = append((*p)[kind], one)
}

func (p *phrases) addWords() {
	around := func(kind string, list []string) {
		for _, s := range list {
			before, behind, _ := strings.Cut(s, "%s")
			p.add(kind, phrase{a: before, b: behind})
		}
	}
	around("opener", openers)
	around("problem", problems)
	around("answer", answers)
	around("closer", closers)
	for _, s := range streets() {
		p.add("street", phrase{a: s})
	}
	for _, s := range villages {
		p.add("village", phrase{a: s})
	}
	for i := range len(firstNames) * len(lastNames) {
		p.add("name", phrase{a: name(i)})
	}
}
