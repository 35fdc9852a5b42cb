package app

import (
	"crypto/subtle"
	"net/http"
	"net/netip"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
)

func newRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return r
}

// metricsOnly serves the metrics and nothing else, on an address of their own.
func (a *App) metricsOnly() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", a.metricsHandler())
	return mux
}

func (a *App) metricsHandler() http.Handler {
	return promhttp.HandlerFor(a.metrics, promhttp.HandlerOpts{Registry: a.metrics, MaxRequestsInFlight: 2})
}

// showMetrics answers on the address that the public uses. So it answers only
// who has the token, or asks from this machine without a proxy between.
func (a *App) showMetrics(w http.ResponseWriter, r *http.Request) error {
	if !a.mayMeasure(r) {
		return fault.New(fault.NotFound, "The metrics are for this machine, and for those who have their token.")
	}
	a.metricsHandler().ServeHTTP(w, r)
	return nil
}

func (a *App) mayMeasure(r *http.Request) bool {
	if token := a.config.MetricsToken; token != "" {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		return ok && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
	}
	return fromHere(r)
}

// fromHere reports whether a request was made on this machine, by somebody who
// asked for this machine. A proxy on the same machine looks like that too,
// unless it leaves a header or keeps the name that was asked for; so this
// guards only what is guarded otherwise as well, or tells nothing about people.
func fromHere(r *http.Request) bool {
	for _, h := range []string{"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Via"} {
		if r.Header.Get(h) != "" {
			return false
		}
	}
	return loopback(r.RemoteAddr) && loopback(r.Host)
}

// loopback reports whether an address, with or without a port, names this
// machine itself.
func loopback(address string) bool {
	host := hostOf(address)
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (a *App) healthRoutes(rt *web.Router) {
	rt.Handle("GET /healthz", web.Public("a supervisor asks whether the process lives"), a.showHealth)
	rt.Handle("GET /readyz", web.Public("a load balancer asks whether to send people here"), a.showReady)
	rt.Handle("GET /metrics", web.Public("answers only this machine, or the metrics' token"), a.showMetrics)
}
