package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// EndpointState is whether an endpoint is told.
type EndpointState string

const (
	Active EndpointState = "active"
	Paused EndpointState = "paused" // events wait for it
	Ended  EndpointState = "ended"
)

// Endpoint is an address of another program that is told what happens.
type Endpoint struct {
	ID           int64
	Name         string
	URL          string
	Kinds        []Kind // of events that it is told
	Words        bool   // what people wrote goes with them
	State        EndpointState
	Why          string // it was paused, when the program did it
	Failures     int64  // in a row
	FailingSince time.Time
	HeldUntil    time.Time // nothing is tried before
	FormerUntil  time.Time // the secret before the last rotation signs too until then
	CreatedAt    time.Time
	CreatedBy    int64
	Version      int64

	secret, former []byte // sealed
	wakeAt         time.Time
}

const (
	maxEndpoints    = 20
	maxEndpointName = 80
	maxURL          = 1000
	secretSize      = 32
	secretMark      = "whsec_"
	formerFor       = 24 * time.Hour      // both secrets sign after a rotation
	keepFor         = 30 * 24 * time.Hour // events and their deliveries
	pauseAfter      = 4 * 24 * time.Hour  // of nothing but failures
)

// schedule is after how long each further try follows, as the Standard Webhooks
// specification recommends: ten tries in about three days.
func schedule() []time.Duration {
	return []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}
}

// Subject is the endpoint as a thing that something happens to.
func (e Endpoint) Subject() record.Subject { return record.Subject{Kind: "webhook", ID: e.ID} }

// facts are what the record keeps: of the address only where it is, for its path
// and query may hold a secret of the receiver.
func (e Endpoint) facts() map[string]any {
	return map[string]any{"name": e.Name, "host": e.Host(), "events": e.Kinds, "words": e.Words, "state": e.State}
}

// Host is where the endpoint is.
func (e Endpoint) Host() string {
	u, err := url.Parse(e.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

// Wants reports whether the endpoint is told of a kind of events.
func (e Endpoint) Wants(k Kind) bool { return slices.Contains(e.Kinds, k) }

// clean makes an endpoint as entered fit to be kept, or says what is wrong.
// Where the address leads is for the guard to say, each time that it is called:
// what a name resolves to changes.
func (e Endpoint) clean() (Endpoint, error) {
	var wrong fault.Fields
	var cut bool
	if e.Name, cut = text.CleanLine(e.Name, maxEndpointName); e.Name == "" || cut {
		wrong.Add("name", fmt.Sprintf("Say whose it is in %d characters or fewer, such as Lagan CRM.", maxEndpointName))
	}
	e.URL = strings.TrimSpace(e.URL)
	u, err := url.Parse(e.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || len(e.URL) > maxURL:
		wrong.Add("url", "Enter an address that begins with https://, such as https://crm.example.org/hooks/mercat.")
	case u.User != nil:
		wrong.Add("url", "Leave name and password out of the address. The receiver knows us by the signature.")
	case u.Fragment != "":
		wrong.Add("url", "Leave out what follows the # in the address: it is not sent.")
	}
	if len(e.Kinds) == 0 {
		wrong.Add("kinds", "Choose of what it is told.")
	}
	if slices.ContainsFunc(e.Kinds, func(k Kind) bool { return !known(k) }) {
		wrong.Add("kinds", "Choose from the list of what it is told.")
	}
	e.Kinds = slices.DeleteFunc(Kinds(), func(k Kind) bool { return !slices.Contains(e.Kinds, k) })
	return e, wrong.Err()
}

// newSecret draws a secret in the form of the specification.
func newSecret() string {
	b := make([]byte, secretSize)
	if _, err := rand.Read(b); err != nil {
		panic("api: " + err.Error()) // crypto/rand says that it never fails
	}
	return secretMark + base64.StdEncoding.EncodeToString(b)
}

// sign is the header webhook-signature for a message: one signature for each
// secret, so that a receiver that has not changed over yet still knows us.
// https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
func sign(id string, at time.Time, body []byte, secrets ...string) (string, error) {
	var list []string
	for _, s := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(s, secretMark))
		if err != nil {
			return "", fmt.Errorf("sign a webhook: %w", err)
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + ".")) // a hash takes all that it is given
		mac.Write(body)
		list = append(list, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(list, " "), nil
}

// hold is how long nothing is tried after so many failures in a row: a receiver
// that is down is asked now and then, not once for each event that waits.
func hold(failures int64) time.Duration {
	const free = 5
	if failures < free {
		return 0
	}
	return min(10*time.Second<<min(failures-free, 6), 10*time.Minute)
}

// DeliveryState is what became of an event on its way to an endpoint.
type DeliveryState string

const (
	Waiting   DeliveryState = "waiting"
	Delivered DeliveryState = "delivered"
	GivenUp   DeliveryState = "given_up" // can be replayed
)

// Delivery is one event on its way to one endpoint, and what came of the last
// try.
type Delivery struct {
	EndpointID int64
	Event      Event
	State      DeliveryState
	Attempts   int64
	NextAt     time.Time
	TriedAt    time.Time
	Took       time.Duration
	Status     int64  // of HTTP, 0 when there was no answer
	Trouble    string // in a sentence, "" for none
	MediaType  string
	Answer     string // how it begins
}

// answered is what one try came to.
type answered struct {
	at         time.Time
	took       time.Duration
	status     int
	mediaType  string
	body       string
	trouble    string    // why there was no answer
	retryAfter time.Time // when the receiver said so
}

// ok reports whether the receiver has taken the event.
func (a answered) ok() bool { return a.status >= 200 && a.status <= 299 }

// gone reports whether the receiver wants nothing more, ever.
func (a answered) gone() bool { return a.status == 410 }

// apply notes a try, and when the next one follows.
func (d *Delivery) apply(a answered, delays []time.Duration) {
	d.Attempts++
	d.TriedAt, d.Took, d.Status, d.MediaType, d.Answer, d.Trouble = a.at, a.took, int64(a.status), a.mediaType, a.body, a.trouble
	switch {
	case a.ok():
		d.State = Delivered
		if strings.HasPrefix(a.mediaType, "text/html") {
			d.Trouble = "It was taken, but answered with a web page: look whether the address is right."
		}
		return
	case a.status >= 300 && a.status <= 399:
		d.Trouble = "It answered that it is elsewhere. Webhooks follow no redirects: enter the new address."
	case a.status != 0:
		d.Trouble = fmt.Sprintf("It answered with status %d.", a.status)
	}
	if int(d.Attempts) > len(delays) {
		d.State = GivenUp
		return
	}
	d.NextAt = a.at.Add(delays[d.Attempts-1])
	if a.retryAfter.After(d.NextAt) {
		d.NextAt = a.retryAfter
	}
}
