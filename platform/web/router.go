package web

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mercat.scot/mercat/platform/web/assets"
)

// HandlerFunc answers a request or says why not. It must not return an error
// after it has begun to write.
type HandlerFunc func(w http.ResponseWriter, r *http.Request) error

// Options are what a Router needs from the program around it.
type Options struct {
	Now            func() time.Time                        // required
	Authenticator  Authenticator                           // nil: nobody is ever signed in
	Keys           KeyChecker                              // nil: no key is good
	Site           func(ctx context.Context) (Site, error) // council name, navigation; asked once per full page
	Log            *slog.Logger                            // nil: slog.Default()
	Metrics        prometheus.Registerer                   // nil: not measured
	Location       *time.Location                          // of the council; nil: Europe/London
	Secure         bool                                    // people reach us over https
	SigningKey     []byte                                  // 32 random bytes, for notices; required
	SignInPath     string                                  // "" is /sign-in
	HomePath       string                                  // where a signed-in person starts; "" is /desk
	TileOrigins    []string                                // map tiles may come from here, such as https://tiles.example.org
	TrustedOrigins []string                                // other origins whose forms we accept
	Proxies        []netip.Prefix                          // whose X-Forwarded-For is believed
	Deadline       time.Duration                           // of an ordinary request; 0 is 30 s
	Stopping       context.Context                         // ends live streams when the program stops; nil: never
	MaxStreams     int                                     // open live streams in all; 0 is 4096
}

// Router is the list of routes, each with its access, and everything that every
// request goes through. Register all routes before serving; it panics on a
// mistake in one, as http.ServeMux does.
type Router struct {
	options Options
	mux     *http.ServeMux
	routes  []Route
	origin  *http.CrossOriginProtection
	policy  string
	seconds *prometheus.HistogramVec
	streams atomic.Int64
	perHead headCount
}

// Route is one line of the list of routes.
type Route struct {
	Pattern string
	Access  Access
	maxBody int64
	limit   time.Duration
	anyone  string // why other sites may post here, or ""
}

// RouteOption changes one route.
type RouteOption func(*Route)

// MaxBody lets the request body have n bytes instead of 1 MiB.
func MaxBody(n int64) RouteOption { return func(r *Route) { r.maxBody = n } }

// Deadline gives the handler another deadline than Options.Deadline.
func Deadline(d time.Duration) RouteOption { return func(r *Route) { r.limit = d } }

// Live marks a route that answers with Stream and therefore has no deadline.
func Live() RouteOption { return func(r *Route) { r.limit = -1 } }

// FromAnySite lets pages of other origins post here, for interfaces that
// identify their caller by a key and not by a cookie.
func FromAnySite(reason string) RouteOption { return func(r *Route) { r.anyone = reason } }

// NewRouter checks the options and returns a Router that serves the assets.
func NewRouter(o Options) (*Router, error) {
	if o.Now == nil {
		return nil, fmt.Errorf("web: Options.Now is missing")
	}
	if len(o.SigningKey) < 32 {
		return nil, fmt.Errorf("web: Options.SigningKey needs 32 bytes, has %d", len(o.SigningKey))
	}
	if o.Location == nil {
		london, err := time.LoadLocation("Europe/London")
		if err != nil {
			return nil, fmt.Errorf("web: time zone of the council: %w", err)
		}
		o.Location = london
	}
	if o.Authenticator == nil {
		o.Authenticator = AuthenticatorFunc(func(*http.Request) (*Viewer, error) { return nil, nil })
	}
	if o.Site == nil {
		o.Site = func(context.Context) (Site, error) { return Site{}, nil }
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Stopping == nil {
		o.Stopping = context.Background()
	}
	o.SignInPath = cmp.Or(o.SignInPath, "/sign-in")
	o.HomePath = cmp.Or(o.HomePath, "/desk")
	o.Deadline = cmp.Or(o.Deadline, 30*time.Second)
	o.MaxStreams = cmp.Or(o.MaxStreams, 4096)

	origin := http.NewCrossOriginProtection()
	for _, trusted := range o.TrustedOrigins {
		if err := origin.AddTrustedOrigin(trusted); err != nil {
			return nil, fmt.Errorf("web: trusted origin: %w", err)
		}
	}
	rt := &Router{options: o, mux: http.NewServeMux(), origin: origin, policy: policy(o.TileOrigins)}
	if o.Metrics != nil {
		rt.seconds = prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "mercat_http_request_seconds",
			Help:    "Time to answer a request, by route.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"route", "status"})
		if err := o.Metrics.Register(rt.seconds); err != nil {
			return nil, fmt.Errorf("web: register metrics: %w", err)
		}
	}
	files, err := assets.Handler()
	if err != nil {
		return nil, err
	}
	rt.Handle("GET "+assets.Prefix+"{hash}/{name}", Public("style sheets, scripts and fonts"),
		func(w http.ResponseWriter, r *http.Request) error {
			files.ServeHTTP(w, r)
			return nil
		})
	return rt, nil
}

// Handle registers a route. The pattern must name a method and is otherwise
// that of http.ServeMux. It panics when the access is missing or empty.
func (rt *Router) Handle(pattern string, may Access, h HandlerFunc, options ...RouteOption) {
	if method, _, ok := strings.Cut(pattern, " "); !ok || method == "" {
		panic(fmt.Sprintf("web: route %q names no method", pattern))
	}
	if !may.valid() {
		panic(fmt.Sprintf("web: route %q says not who may use it", pattern))
	}
	if h == nil {
		panic(fmt.Sprintf("web: route %q has no handler", pattern))
	}
	route := Route{Pattern: pattern, Access: may, maxBody: 1 << 20, limit: rt.options.Deadline}
	for _, option := range options {
		option(&route)
	}
	rt.routes = append(rt.routes, route)
	rt.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { rt.answer(w, r, route, h) })
}

// Routes lists what is registered, sorted by pattern.
func (rt *Router) Routes() []Route {
	routes := slices.Clone(rt.routes)
	slices.SortFunc(routes, func(a, b Route) int { return strings.Compare(a.Pattern, b.Pattern) })
	return routes
}

// Access says who may use the route of a pattern. A pattern that nobody
// registered admits nobody.
func (rt *Router) Access(pattern string) Access {
	for _, r := range rt.routes {
		if r.Pattern == pattern {
			return r.Access
		}
	}
	return Access{}
}

// answer is what every registered route goes through, after ServeHTTP.
func (rt *Router) answer(w http.ResponseWriter, r *http.Request, route Route, h HandlerFunc) {
	q := requestOf(r.Context())
	q.pattern = route.Pattern
	q.live = route.limit < 0
	q.machine = route.Access.kind == accessKey
	if r.Body != nil {
		r.Body = http.MaxBytesReader(w, r.Body, route.maxBody)
	}
	if route.limit > 0 {
		ctx, cancel := context.WithTimeout(r.Context(), route.limit)
		defer cancel()
		*r = *r.WithContext(ctx)
	}
	if err := rt.admit(r, route); err != nil {
		rt.fail(w, r, err)
		return
	}
	if route.Access.kind == accessSignedOut && q.viewer != nil {
		http.Redirect(w, r, LocalPath(r.URL.Query().Get("next"), rt.options.HomePath), http.StatusSeeOther)
		return
	}
	if err := h(w, r); err != nil {
		rt.fail(w, r, err)
	}
}

// admit finds out who it is and whether they may. The viewer stays known to the
// error page even when they are refused.
func (rt *Router) admit(r *http.Request, route Route) error {
	q := requestOf(r.Context())
	if route.Access.kind == accessKey {
		return rt.admitKey(r, route)
	}
	if route.anyone == "" {
		if err := rt.origin.Check(r); err != nil {
			return errCrossSite.Because(err)
		}
	}
	if strings.HasPrefix(r.URL.Path, assets.Prefix) {
		return nil // the same for everybody: do not ask who it is
	}
	viewer, err := rt.options.Authenticator.Viewer(r)
	if err != nil {
		return fmt.Errorf("find out who is signed in: %w", err)
	}
	q.viewer = viewer
	*r = *r.WithContext(WithViewer(r.Context(), viewer))
	if route.Access.kind == accessSignedOut {
		return nil // answer redirects whoever is signed in
	}
	return route.Access.check(viewer)
}
