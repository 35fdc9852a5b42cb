package open311

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// What of a request that is sent in is taken at most.
const (
	maxWords   = 4_000  // characters of a description, as the specification says
	maxMedia   = 8      // addresses of photos
	maxAnswers = 200    // values of attributes
	reach      = 10_000 // metres from the nearest known place, beyond which it is not this council's
)

// Submission is a service request as another program sends it.
type Submission struct {
	ServiceCode  string
	Answers      map[string][]string // by attribute code, as they came
	Located      bool
	Lat, Lon     float64 // WGS 84 degrees
	Address      string
	AddressID    string
	Email, Phone string
	First, Last  string
	Device       string
	Account      string // of the person in the other program
	Description  string
	Media        []string
	Name         string // its Idempotency-Key, "" for none
	digest       string
	service      directory.Service
	clean        map[string][]string // Answers, fit to be kept
	unknown      []network.Field     // attributes that the service does not ask for
}

var (
	attributeForm = regexp.MustCompile(`^attribute\[([^\[\]]{1,100})\](\[[0-9]{0,4}\])?$`)
	emailForm     = regexp.MustCompile(`^[^\s@<>,;:"()]{1,64}@[^\s@<>,;:"()]{1,189}\.[^\s@<>,;:"().]{2,63}$`)
	phoneForm     = regexp.MustCompile(`^\+?[0-9 ()./-]{5,30}$`)
)

// readSubmission reads a form. All that is wrong with it is said at once.
func readSubmission(v url.Values, name string, snapshot *directory.Snapshot) (Submission, error) {
	n := Submission{Answers: map[string][]string{}, digest: digestOf(v)}
	n.Name, _ = text.CleanLine(name, 200)
	n.ServiceCode, _ = text.CleanLine(v.Get("service_code"), 100)
	var wrong fault.Fields
	service, ok := snapshot.ServiceByCode(n.ServiceCode)
	switch {
	case n.ServiceCode == "":
		return n, fault.Field("service_code", "service_code was not provided. The list of services has all codes.")
	case !ok || !service.Active || !service.Public:
		return n, fault.Newf(fault.NotFound, "service_code %.60q was not found. The list of services has all codes.", n.ServiceCode)
	}
	n.service = service
	n.readPlace(v, snapshot, &wrong)
	n.readPerson(v, &wrong)
	n.readWords(v, &wrong)
	n.readAnswers(v, &wrong)
	return n, wrong.Err()
}

func (n *Submission) readPlace(v url.Values, snapshot *directory.Snapshot, wrong *fault.Fields) {
	n.Address, _ = text.CleanLine(v.Get("address_string"), 200)
	n.AddressID, _ = text.CleanLine(v.Get("address_id"), 100)
	lat, lon := strings.TrimSpace(v.Get("lat")), strings.TrimSpace(v.Get("long"))
	if lat == "" && lon == "" {
		if n.Address == "" && n.AddressID == "" && n.service.NeedsPlace {
			wrong.Add("lat", "No place was provided. Send lat and long, address_string or address_id.")
		}
		return
	}
	x, okX := degrees(lat, 180) // 180 for both, so that swapped ones can be named
	y, okY := degrees(lon, 180)
	council := snapshot.Council().Name
	switch within := func(lat, lon float64) bool {
		return lat >= -90 && lat <= 90 && snapshot.Reaches(lat, lon, reach)
	}; {
	case !okX || !okY:
		wrong.Add("lat", "lat and long are both needed, as degrees of WGS 84: lat from -90 to 90, long from -180 to 180.")
	case within(x, y) && (x != 0 || y != 0):
		n.Located, n.Lat, n.Lon = true, x, y
	case within(y, x) && (x != 0 || y != 0):
		wrong.Add("lat", "lat and long are swapped: lat="+lat+" and long="+lon+" lies outside the area of "+council+", and the other way round it lies within. Send lat="+lon+" and long="+lat+".")
	default:
		wrong.Add("lat", "lat="+lat+" and long="+lon+" lies outside the area of "+council+". Send the request to the council in whose area it lies.")
	}
}

func (n *Submission) readPerson(v url.Values, wrong *fault.Fields) {
	line := func(name string, most int) string {
		s, _ := text.CleanLine(v.Get(name), most)
		return s
	}
	n.First, n.Last, n.Device, n.Account = line("first_name", 100), line("last_name", 100), line("device_id", 200), line("account_id", 200)
	if n.Email = line("email", 400); n.Email != "" && (len(n.Email) > 254 || !emailForm.MatchString(n.Email)) {
		wrong.Add("email", "email is not an address, such as name@example.org. Correct it or leave it out.")
	}
	if n.Phone = line("phone", 100); n.Phone != "" && !phoneForm.MatchString(n.Phone) {
		wrong.Add("phone", "phone is not a number, such as 01334 412345. Correct it or leave it out.")
	}
}

func (n *Submission) readWords(v url.Values, wrong *fault.Fields) {
	n.Description, _ = text.Clean(v.Get("description"), 10*maxWords)
	if count := text.Graphemes(n.Description); count > maxWords {
		wrong.Add("description", "description has more than 4,000 characters. Shorten it, and send it again.")
	}
	for _, s := range slices.Concat(v["media_url"], v["media_url[]"]) {
		if s = strings.TrimSpace(s); s == "" || slices.Contains(n.Media, s) {
			continue
		}
		if u, err := url.Parse(s); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(s) > maxURL {
			wrong.Add("media_url", "media_url is not the address of a picture that begins with http:// or https://.")
			return
		}
		n.Media = append(n.Media, s)
	}
	if len(n.Media) > maxMedia {
		wrong.Add("media_url", "There are more than 8 media_url. Send at most 8.")
	}
}

// readAnswers reads attribute[CODE] and attribute[CODE][].
func (n *Submission) readAnswers(v url.Values, wrong *fault.Fields) {
	count := 0
	for _, name := range sortedNames(v) {
		m := attributeForm.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		if count += len(v[name]); count > maxAnswers {
			wrong.Add(name, "There are more than 200 answers. Send at most 200.")
			return
		}
		code := m[1]
		if q, asked := n.question(code); asked {
			n.Answers[q.Code] = append(n.Answers[q.Code], v[name]...)
			continue
		}
		for _, value := range v[name] {
			if value != "" && len(n.unknown) < 20 {
				n.unknown = append(n.unknown, network.Field{Code: "open311", Question: code, Answer: value})
			}
		}
	}
	clean, problems := n.service.Attributes.Validate(n.Answers)
	n.clean = clean
	for _, p := range problems {
		code := strings.TrimPrefix(p.Field, directory.AnswerField(""))
		wrong.Add(p.Field, "attribute["+code+"]: "+p.Sentence)
	}
}

// question is what an attribute answers; codes are told apart by their letters
// alone, for programs write them in capitals as they please.
func (n *Submission) question(code string) (directory.Attribute, bool) {
	for _, q := range n.service.Attributes {
		if strings.EqualFold(q.Code, code) {
			return q, true
		}
	}
	return directory.Attribute{}, false
}

func sortedNames(v url.Values) []string {
	names := make([]string, 0, len(v))
	for name := range v {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// digestOf tells a request that is sent again from another one: everything in it
// counts but the key, which says who sends it.
func digestOf(v url.Values) string {
	same := url.Values{}
	for name, values := range v {
		if name != "api_key" && name != "jurisdiction_id" {
			same[name] = values
		}
	}
	sum := sha256.Sum256([]byte(same.Encode()))
	return hex.EncodeToString(sum[:])
}

// who is what the person is called, "" when they did not say.
func (n *Submission) who() string { return strings.TrimSpace(n.First + " " + n.Last) }

// place is where it is in words.
func (n *Submission) place() string {
	if n.Address == "" && n.AddressID != "" {
		return "Address " + n.AddressID
	}
	return n.Address
}

// fields are what an officer sees beside the words.
func (n *Submission) fields() []network.Field {
	list := []network.Field{{Code: "service", Question: "What is it about?", Answer: n.service.Name}}
	for _, q := range n.service.Attributes {
		for _, value := range n.clean[q.Code] {
			list = append(list, network.Field{Code: directory.AnswerField(q.Code), Question: q.Description, Answer: value})
		}
	}
	if n.AddressID != "" {
		list = append(list, network.Field{Code: "address_id", Question: "Address id", Answer: n.AddressID})
	}
	return append(list, n.unknown...)
}

// post is the request as the desk takes it in.
func (n *Submission) post(ref network.Ref, author string, via string) network.Post {
	name := n.who()
	if name == "" {
		name = "Somebody by " + via
	}
	p := network.Post{Ref: ref, Thread: ref, Author: network.Identity{ID: author, Handle: via, Name: name}, Visibility: network.Direct,
		Subject: n.service.Name, Text: n.Description, Fields: n.fields(), Contact: network.Contact{Name: n.who(), Email: n.Email, Phone: n.Phone}}
	if n.Located || n.place() != "" {
		p.Place = &network.Place{Lat: n.Lat, Lon: n.Lon, Label: n.place(), Given: true}
	}
	for _, address := range n.Media {
		p.Media = append(p.Media, network.Media{URL: address})
	}
	return p
}
