package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/network/archive"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
)

// ImportOptions say what to bring in, and how.
type ImportOptions struct {
	Format  archive.Format
	File    string
	Account string   // name or number; "" is the owner's, or one that is made
	Name    string   // of an account that is made; "" is the file's
	Own     []string // our own addresses or handle, where the archive does not say
	Mapping string   // file, of a table
	Dry     bool     // keep nothing
	// Progress is told how far it is: bytes of the file hashed or read. Nil is
	// nobody.
	Progress func(ImportProgress)
}

// ImportProgress is how far an import is.
type ImportProgress struct {
	Hashing bool // the file is read a first time, to know it again
	Bytes   int64
	Size    int64
	desk.Tally
}

// Imported is what came of an import.
type Imported struct {
	Import  desk.Import
	Account desk.Account
	Before  bool // it had been done before, and nothing was to be done
	Resumed bool // it went on where it had been broken off
	Asides  []desk.SetAside
}

// One transaction takes so many posts, or so many bytes of them.
const (
	importItems = 250
	importBytes = 32 << 20
)

// Import brings a file in. It may be broken off at any moment, and goes on with
// the same call; done again it changes nothing. Several may run at once, also
// beside a Mercat that serves.
//
// Errors: fault.NotFound and fault.Invalid for the file, the mapping and the
// account, with what to do; fault.Conflict when somebody else imports the same
// file.
func (h *History) Import(ctx context.Context, o ImportOptions) (Imported, error) {
	run := &importing{History: h, options: o}
	if err := run.begin(ctx); err != nil {
		return Imported{}, explainDisk(err, h.config)
	}
	if run.done.Before {
		return run.done, nil
	}
	defer run.reader.Close() // what it unpacked, it removes
	var err error
	if o.Dry {
		err = run.rehearse(ctx)
	} else {
		err = run.all(ctx)
	}
	return run.done, explainDisk(err, h.config)
}

// importing is one import under way.
type importing struct {
	*History
	options  ImportOptions
	mapping  *archive.Mapping
	services map[string]int64 // of the mapping, by folded name
	reader   archive.Reader
	done     Imported
	cases    []*archive.Case // of the batch, by item
}

// begin opens what is needed and finds out how far the file is.
func (r *importing) begin(ctx context.Context) error {
	o := r.options
	if err := r.readMapping(ctx); err != nil {
		return err
	}
	account, err := r.account(ctx)
	if err != nil {
		return err
	}
	ro := archive.Options{Now: r.db.Now(), Own: o.Own, Mapping: r.mapping, Scratch: r.config.Data}
	if len(ro.Own) == 0 && account.Self.ID != "" {
		ro.Own = []string{account.Self.ID}
	}
	reader, err := archive.Open(o.Format, o.File, ro)
	if err != nil {
		return err
	}
	owner := reader.Owner()
	if err := reader.Close(); err != nil {
		return fmt.Errorf("close the archive: %w", err)
	}
	i := desk.Import{AccountID: account.ID, Format: string(o.Format), File: filepath.Base(o.File)}
	if i.SHA256, i.Size, err = r.hash(ctx); err != nil {
		return err
	}
	kind := networkOf(o.Format)
	if r.mapping != nil {
		i.Mapping, kind = r.mapping.Sum(), r.mapping.Network
	}
	if account.ID != 0 && account.Network != kind && r.mapping == nil {
		return fault.Newf(fault.Invalid, "The account “%s” is not on the network of this archive (%s).", account.Name, kind)
	}
	from := desk.Archive{Import: i, Network: kind, Name: cmp.Or(o.Name, owner.Handle, owner.Name, i.File), Owner: owner}
	switch {
	case !o.Dry:
		if i, account, err = r.desk.BeginImport(ctx, operator(), from); err != nil {
			return err
		}
	case account.ID == 0:
		if account, err = r.desk.ArchiveAccount(ctx, from); err != nil {
			return err
		}
		i.AccountID = account.ID
	}
	r.done = Imported{Import: i, Account: account, Before: i.State == desk.ImportDone, Resumed: i.State == desk.ImportRunning && i.Position != ""}
	if r.done.Before {
		r.done.Asides, err = r.desk.Asides(ctx, i.ID)
		return err
	}
	if ro.From, err = archive.ParsePosition(i.Position); err != nil {
		return err
	}
	r.reader, err = archive.Open(o.Format, o.File, ro)
	return err
}

// networkOf is the network of an archive that is no table.
func networkOf(f archive.Format) network.Kind {
	switch f {
	case archive.Mbox:
		return "email"
	case archive.X:
		return archive.KindX
	}
	return network.Kind(f)
}

// readMapping reads the mapping of a table and holds it against the directory.
func (r *importing) readMapping(ctx context.Context) error {
	if r.options.Mapping == "" {
		return nil
	}
	f, err := os.Open(r.options.Mapping)
	if err != nil {
		return fault.Newf(fault.NotFound, "The mapping %s cannot be opened. Check its name.", r.options.Mapping).Because(err)
	}
	defer f.Close() // it was only read
	if r.mapping, err = archive.ReadMapping(f); err != nil {
		return err
	}
	s, err := r.directory.Snapshot(ctx)
	if err != nil {
		return err
	}
	r.services = map[string]int64{}
	for _, service := range s.Services() {
		r.services[strings.ToLower(service.Name)] = service.ID
	}
	for _, name := range r.mapping.ServiceNames() {
		if r.services[strings.ToLower(name)] == 0 {
			var names []string
			for _, service := range s.Services() {
				names = append(names, service.Name)
			}
			return fault.Newf(fault.Invalid, "The mapping names the service %q, and the directory has none. Its services are: %s.", name, strings.Join(names, "; "))
		}
	}
	return nil
}

// account finds the account that is named.
func (r *importing) account(ctx context.Context) (desk.Account, error) {
	if r.options.Account == "" {
		return desk.Account{}, nil
	}
	list, err := r.desk.Accounts(ctx)
	if err != nil {
		return desk.Account{}, err
	}
	var names []string
	for _, a := range list {
		if strings.EqualFold(a.Name, r.options.Account) || strconv.FormatInt(a.ID, 10) == r.options.Account {
			return a, nil
		}
		names = append(names, a.Name)
	}
	return desk.Account{}, fault.Newf(fault.Invalid, "There is no account %q. The accounts are: %s.", r.options.Account, strings.Join(names, ", "))
}

func (r *importing) tell(p ImportProgress) {
	if r.options.Progress != nil {
		r.options.Progress(p)
	}
}

// all brings in what is left of the file.
func (r *importing) all(ctx context.Context) error {
	for end := false; !end; {
		items, atEnd, err := r.next(ctx)
		end = atEnd
		if err != nil && len(items) == 0 {
			return err
		}
		position := r.reader.Position()
		b := desk.PastBatch{Import: r.done.Import, Items: items, Position: position.String(), Also: r.casesTx}
		if len(items) > 0 {
			var kept error
			if r.done.Import, _, kept = r.desk.ImportBatch(ctx, operator(), b); kept != nil {
				return errors.Join(kept, err)
			}
		}
		if err != nil {
			return err // what was read before it is kept
		}
		r.tell(ImportProgress{Bytes: position.Offset, Size: r.done.Import.Size, Tally: r.done.Import.Tally})
	}
	i, err := r.desk.EndImport(ctx, operator(), r.done.Import.ID)
	if err != nil {
		return err
	}
	r.done.Import = i
	r.done.Asides, err = r.desk.Asides(ctx, i.ID)
	return err
}

// rehearse goes through the file and keeps nothing.
func (r *importing) rehearse(ctx context.Context) error {
	const most = 1_000
	for end := false; !end; {
		items, atEnd, err := r.next(ctx)
		end = atEnd
		if err != nil && len(items) == 0 {
			return err
		}
		t, asides, rehearsed := r.desk.RehearseImport(ctx, r.done.Import.AccountID, items)
		if rehearsed != nil {
			return rehearsed
		}
		for _, k := range r.cases {
			if k != nil && k.State != "" && k.State != archive.StateOpen {
				t.Cases++
			}
		}
		r.done.Import.Tally = r.done.Import.Tally.Add(t)
		r.done.Asides = append(r.done.Asides, asides[:min(len(asides), most-min(most, len(r.done.Asides)))]...)
		if err != nil {
			return err
		}
		r.tell(ImportProgress{Bytes: r.reader.Position().Offset, Size: r.done.Import.Size, Tally: r.done.Import.Tally})
	}
	return nil
}

// next reads as much as goes into one transaction. What was read before an error
// is returned with it.
func (r *importing) next(ctx context.Context) (items []desk.Past, end bool, err error) {
	r.cases = r.cases[:0]
	for size := int64(0); len(items) < importItems && size < importBytes; {
		if err := ctx.Err(); err != nil {
			return nil, false, err
		}
		item, err := r.reader.Next()
		if errors.Is(err, io.EOF) {
			return items, true, nil
		}
		if err != nil {
			return items, false, err
		}
		size += item.Size
		past := desk.Past{Place: item.Place, Wrong: item.Wrong, Post: item.Post, To: item.To, Open: item.Open}
		if item.Case != nil {
			past.ServiceID = r.services[strings.ToLower(item.Case.Service)]
		}
		items, r.cases = append(items, past), append(r.cases, item.Case)
	}
	return items, false, nil
}

// casesTx makes cases of what came in with one.
func (r *importing) casesTx(ctx context.Context, tx *db.Tx, list []desk.Arrived) (int64, error) {
	var past []casework.Past
	for _, a := range list {
		k := r.cases[a.Item]
		if k == nil || k.State == "" || k.State == archive.StateOpen {
			continue
		}
		past = append(past, casework.Past{Conversation: a.Conversation, Message: a.Message, State: casework.State(k.State), Words: k.Words, EndedAt: k.Ended})
	}
	return int64(len(past)), r.casework.ImportTx(ctx, tx, past)
}
