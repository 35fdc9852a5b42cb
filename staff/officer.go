package staff

import (
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode/utf8"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Officer is a person who works here.
type Officer struct {
	ID        int64
	Email     string
	Name      string // as colleagues see it
	FirstName string // as citizens see it under an answer
	Role      Role
	Active    bool
	// Invited: no password has been chosen yet.
	Invited   bool
	Settings  Settings
	CreatedAt time.Time
	Version   int64

	key int64 // when a key stands in an officer's place
}

// Settings are an officer's own choices.
type Settings struct {
	SingleKeys bool   // shortcuts of one key, which WCAG 2.1.4 lets people switch off
	Theme      string // one of ThemeAuto, ThemeLight, ThemeDark
	Signature  string // under answers, where the account signs them; "" is the first name
}

const (
	ThemeAuto  = "auto" // as the device has it
	ThemeLight = "light"
	ThemeDark  = "dark"
)

const (
	maxEmail     = 254
	maxName      = 80
	maxFirstName = 40
	maxSignature = 120
)

// Actor is the officer as the record names them.
func (o Officer) Actor() record.Actor {
	if o.key != 0 {
		return Key{ID: o.key, Name: o.Name}.Actor()
	}
	return record.Actor{Kind: record.Officer, ID: o.ID, Name: o.Name}
}

// Subject is the officer as a thing that something happens to.
func (o Officer) Subject() record.Subject { return record.Subject{Kind: "officer", ID: o.ID} }

// Signs is what stands under the officer's answers.
func (o Officer) Signs() string {
	if o.Settings.Signature != "" {
		return o.Settings.Signature
	}
	return o.FirstName
}

// Person is what others enter about an officer. FirstName may be empty: then it
// is the first word of the name.
type Person struct {
	Email     string
	Name      string
	FirstName string
	Role      Role
}

// clean makes p fit to be kept, or says what is wrong.
func (p Person) clean() (Person, error) {
	var wrong fault.Fields
	p.Name = line(&wrong, "name", p.Name, maxName)
	if p.Name == "" {
		wrong.Add("name", "Enter a name.")
	}
	p.FirstName = line(&wrong, "first_name", p.FirstName, maxFirstName)
	if p.FirstName == "" {
		word, _, _ := strings.Cut(p.Name, " ")
		p.FirstName, _ = text.CleanLine(word, maxFirstName)
	}
	p.Email = foldEmail(p.Email)
	if !emailLooksRight(p.Email) {
		wrong.Add("email", "Enter an email address, such as name@council.gov.uk.")
	}
	if !p.Role.Valid() {
		wrong.Add("role", "Choose what this person may do.")
	}
	return p, wrong.Err()
}

// line cleans what was entered in a field of one line, and notes when it is
// longer than limit characters.
func line(wrong *fault.Fields, field, entered string, limit int) string {
	clean, _ := text.CleanLine(entered, 20*limit)
	short(wrong, field, clean, limit)
	return clean
}

func short(wrong *fault.Fields, field, clean string, limit int) {
	if n := utf8.RuneCountInString(clean); n > limit {
		wrong.Add(field, fmt.Sprintf("Use %d characters or fewer. There are %d.", limit, n))
	}
}

// foldEmail is the form in which an address is kept and compared. The part
// before the @ may in theory tell cases apart; no mail server does.
func foldEmail(s string) string {
	if len(s) > 4*maxEmail {
		return ""
	}
	s, _ = text.CleanLine(s, maxEmail+1)
	return strings.ToLower(strings.TrimSpace(s))
}

func emailLooksRight(s string) bool {
	if s == "" || len(s) > maxEmail {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(domain, ".") || domain == "localhost"
}

// clean makes settings fit to be kept, or says what is wrong.
func (s Settings) clean() (Settings, error) {
	var wrong fault.Fields
	s.Signature = line(&wrong, "signature", s.Signature, maxSignature)
	switch s.Theme {
	case ThemeAuto, ThemeLight, ThemeDark:
	default:
		wrong.Add("theme", "Choose how Mercat looks: as the device has it, light or dark.")
	}
	return s, wrong.Err()
}

// change puts what was entered in place of what was, and says what became
// different, as the record keeps it.
func (o *Officer) change(p Person) (before, after facts) {
	before, after = facts{}, facts{}
	note := func(name string, was, is any) {
		if was != is {
			before[name], after[name] = was, is
		}
	}
	note("email", o.Email, p.Email)
	note("name", o.Name, p.Name)
	note("first_name", o.FirstName, p.FirstName)
	note("role", o.Role, p.Role)
	o.Email, o.Name, o.FirstName, o.Role = p.Email, p.Name, p.FirstName, p.Role
	return before, after
}

// facts are a side of an entry in the record.
type facts map[string]any

// leavesNobody reports whether officers would be without an active
// administrator if this one were as given.
func leavesNobody(officers []Officer, changed Officer) bool {
	for _, o := range officers {
		if o.ID == changed.ID {
			o = changed
		}
		if o.Active && o.Role.MayAdminister() {
			return false
		}
	}
	return true
}

var errLastAdministrator = fault.New(fault.Invalid, "This is the only administrator who can sign in. Make somebody else an administrator first.")
