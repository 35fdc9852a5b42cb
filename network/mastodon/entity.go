package mastodon

import (
	"encoding/json"
	"strings"
	"time"
)

// The entities of the API, as far as they are needed. Servers that speak it are
// many, and each is different in something: so every field of a status is read
// by itself, and one that makes no sense loses itself alone.

// id is an identifier: a row of digits, a ULID, whatever the server makes. Old
// servers send numbers.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(b []byte) error {
	*i = ""
	if string(b) == "null" {
		return nil
	}
	if len(b) > 0 && b[0] == '"' {
		var s string
		if err := json.Unmarshal(b, &s); err != nil {
			return err
		}
		*i = id(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*i = id(n)
	return nil
}

const maxID = 200

// sane reports whether an identifier can stand in a path and in a cursor.
func (i id) sane() bool {
	return i != "" && len(i) <= maxID && !strings.ContainsFunc(string(i), func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' || r == '.' || r == '=' || r == '~') ||
			i == "." || i == ".."
	})
}

// later reports whether i was made after j. Identifiers rise with time: numbers
// grow longer, the others have one length and are ordered by their signs.
func (i id) later(j id) bool {
	if len(i) != len(j) {
		return len(i) > len(j)
	}
	return i > j
}

type account struct {
	ID          id     `json:"id"`
	Username    string `json:"username"`
	Acct        string `json:"acct"`
	DisplayName string `json:"display_name"`
	URL         string `json:"url"`
	Avatar      string `json:"avatar_static"`
	Bot         bool   `json:"bot"`
}

type mention struct {
	ID       id     `json:"id"`
	Username string `json:"username"`
	Acct     string `json:"acct"`
	URL      string `json:"url"`
}

type attachment struct {
	ID          id     `json:"id"`
	Type        string `json:"type"`
	URL         string `json:"url"`
	RemoteURL   string `json:"remote_url"`
	Description string `json:"description"`
	Meta        struct {
		Focus struct{ X, Y float64 } `json:"focus"`
	} `json:"meta"`
}

type poll struct {
	ExpiresAt string `json:"expires_at"`
	Expired   bool   `json:"expired"`
	Options   []struct {
		Title string `json:"title"`
		Votes *int   `json:"votes_count"`
	} `json:"options"`
}

type status struct {
	ID, InReplyTo    id
	InReplyToAccount id
	URL, URI         string
	Created, Edited  time.Time // zero when not told
	Content          string    // HTML
	Spoiler          string
	Sensitive        bool
	Visibility       string
	Language         string
	Account          account
	Media            []attachment
	Mentions         []mention
	Tags             []string
	Poll             *poll
	Application      string // name of the program that published it
	Quotes           id
	Reblog           bool
	Odd              bool // something in it could not be read
	Raw              json.RawMessage
}

// readStatus reads a status; ok is false when not even its identity or its
// author can be had.
func readStatus(raw json.RawMessage) (s status, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return s, false
	}
	s.Raw = raw
	take := func(name string, into any) {
		if b, has := fields[name]; has && string(b) != "null" && json.Unmarshal(b, into) != nil {
			s.Odd = true
		}
	}
	take("id", &s.ID)
	take("in_reply_to_id", &s.InReplyTo)
	take("in_reply_to_account_id", &s.InReplyToAccount)
	take("url", &s.URL)
	take("uri", &s.URI)
	take("content", &s.Content)
	take("spoiler_text", &s.Spoiler)
	take("sensitive", &s.Sensitive)
	take("visibility", &s.Visibility)
	take("language", &s.Language)
	take("account", &s.Account)
	take("media_attachments", &s.Media)
	take("mentions", &s.Mentions)
	take("poll", &s.Poll)
	var created, edited string
	take("created_at", &created)
	take("edited_at", &edited)
	s.Created, s.Edited = readTime(created), readTime(edited)
	var tags []struct {
		Name string `json:"name"`
	}
	take("tags", &tags)
	for _, t := range tags {
		s.Tags = append(s.Tags, t.Name)
	}
	var application struct {
		Name string `json:"name"`
	}
	take("application", &application)
	s.Application = application.Name
	var quote struct {
		ID     id `json:"quoted_status_id"`
		Status struct {
			ID id `json:"id"`
		} `json:"quoted_status"`
	}
	take("quote", &quote)
	if s.Quotes = quote.ID; s.Quotes == "" {
		s.Quotes = quote.Status.ID
	}
	reblog := fields["reblog"]
	s.Reblog = len(reblog) > 0 && string(reblog) != "null"
	if !s.InReplyTo.sane() || s.InReplyTo == s.ID {
		s.InReplyTo = ""
	}
	return s, s.ID.sane() && s.Account.ID.sane()
}

// readStatuses reads a list, without what is no status.
func readStatuses(list []json.RawMessage) []status {
	var out []status
	for _, raw := range list {
		if s, ok := readStatus(raw); ok {
			out = append(out, s)
		}
	}
	return out
}

type notification struct {
	ID      id
	Type    string
	Created time.Time
	Status  *status
}

func readNotification(raw json.RawMessage) (n notification, ok bool) {
	var is struct {
		ID      id              `json:"id"`
		Type    string          `json:"type"`
		Created string          `json:"created_at"`
		Status  json.RawMessage `json:"status"`
	}
	if json.Unmarshal(raw, &is) != nil || !is.ID.sane() {
		return n, false
	}
	n = notification{ID: is.ID, Type: is.Type, Created: readTime(is.Created)}
	if s, ok := readStatus(is.Status); ok {
		n.Status = &s
	}
	return n, true
}

// readTime reads a time of the API (ISO 8601); zero is none. It has
// milliseconds, of which the rest of Mercat keeps all.
func readTime(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
