package staff

import (
	"net/netip"
	"strings"
	"time"
)

// Session is a browser in which an officer is signed in.
type Session struct {
	ID        int64
	OfficerID int64
	CreatedAt time.Time
	UsedAt    time.Time // to within touchEvery
	Agent     string    // "Firefox on Linux"
	Address   string    // "192.0.2.0/24"
}

const (
	idleFor    = 12 * time.Hour
	sessionFor = 14 * 24 * time.Hour
	touchEvery = 5 * time.Minute
	// maxSessions is how many an officer has at most; the longest unused ends
	// for a new one.
	maxSessions = 20
	// knownFor is how long a browser is known after somebody last signed in
	// there, maxBrowsers how many an officer is known in.
	knownFor    = 180 * 24 * time.Hour
	maxBrowsers = 20
)

// Ended reports whether the session has run out.
func (s Session) Ended(now time.Time) bool {
	return now.Sub(s.UsedAt) >= idleFor || now.Sub(s.CreatedAt) >= sessionFor
}

// stale reports whether the time of last use should be written anew.
func (s Session) stale(now time.Time) bool { return now.Sub(s.UsedAt) >= touchEvery }

// From is where somebody signs in from.
type From struct {
	Address netip.Addr // may be invalid, behind a Unix socket
	Agent   string     // the User-Agent header
	// Browser is a token that the browser keeps from one signing in to the next,
	// "" for none. It proves nothing by itself.
	Browser string
}

// addressPrefix is what is kept of an address: enough for its owner to know it
// again, too little to find a household.
func addressPrefix(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil { // cannot be: both lengths fit
		return ""
	}
	return p.String()
}

// summariseAgent says which browser and system a User-Agent header claims, so
// that people know their devices again. Order matters: most browsers also claim
// to be those that came before them.
func summariseAgent(agent string) string {
	if len(agent) > 1000 {
		agent = agent[:1000]
	}
	pick := func(pairs ...[2]string) string {
		for _, p := range pairs {
			if strings.Contains(agent, p[0]) {
				return p[1]
			}
		}
		return ""
	}
	browser := pick([2]string{"Edg", "Edge"}, [2]string{"OPR/", "Opera"}, [2]string{"SamsungBrowser", "Samsung Internet"},
		[2]string{"Firefox/", "Firefox"}, [2]string{"FxiOS", "Firefox"}, [2]string{"CriOS", "Chrome"},
		[2]string{"Chromium", "Chromium"}, [2]string{"Chrome/", "Chrome"}, [2]string{"Safari/", "Safari"}, [2]string{"curl/", "curl"})
	system := pick([2]string{"iPhone", "iPhone"}, [2]string{"iPad", "iPad"}, [2]string{"Android", "Android"},
		[2]string{"Windows", "Windows"}, [2]string{"CrOS", "ChromeOS"}, [2]string{"Mac OS X", "macOS"}, [2]string{"Linux", "Linux"})
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser+system != "":
		return browser + system
	}
	return "A browser"
}
