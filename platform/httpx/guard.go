package httpx

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"mercat.scot/mercat/platform/fault"
)

const (
	dialTimeout = 10 * time.Second
	keepAlive   = 30 * time.Second
)

// Guard decides which addresses may be connected to. Its zero value allows the
// public internet and nothing else. It is safe for concurrent use.
type Guard struct {
	// AllowPrivate allows every address. It is for tests, and for councils whose
	// servers are all their own.
	AllowPrivate bool
	// Allow are the exceptions; see ParseAllow.
	Allow Allowed
}

// Allowed are servers and networks that may be connected to although they are
// not public.
type Allowed struct {
	hosts    []string // "host:port", in lower case
	networks []netip.Prefix
}

// ParseAllow reads exceptions: "mail.council.example:993" (this name and port,
// whatever it resolves to), "10.1.2.3:25" or "10.1.0.0/16" (every port). It
// returns a fault that names everything that is wrong.
func ParseAllow(entries []string) (Allowed, error) {
	var a Allowed
	var wrong []string
	for _, entry := range entries {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "" {
			continue
		}
		if prefix, err := netip.ParsePrefix(entry); err == nil {
			a.networks = append(a.networks, prefix.Masked())
			continue
		}
		host, port, err := net.SplitHostPort(entry)
		if n, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || n == 0 || host == "" {
			wrong = append(wrong, strconv.Quote(entry))
			continue
		}
		a.hosts = append(a.hosts, net.JoinHostPort(host, port))
	}
	if len(wrong) > 0 {
		return Allowed{}, fault.Newf(fault.Invalid, "These are no server with its port and no network: %s. Write mail.example.org:993 or 10.1.0.0/16.", strings.Join(wrong, ", "))
	}
	return a, nil
}

// RefusedError says that an address is not public and was not connected to.
type RefusedError struct{ Addr netip.Addr }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("address %s is not public", e.Addr)
}

// DialError is an error of DialContext. It keeps the name that was asked for,
// which the errors of package net lose once it is resolved.
type DialError struct {
	Host, Port string
	Err        error
}

func (e *DialError) Error() string {
	return "dial " + net.JoinHostPort(e.Host, e.Port) + ": " + e.Err.Error()
}
func (e *DialError) Unwrap() error { return e.Err }

// Timeout makes a DialError a net.Error when its cause is one.
func (e *DialError) Timeout() bool {
	t, ok := e.Err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

// DialContext connects to address ("host:port") within ten seconds, if the
// guard allows it. It suits everything that speaks over TCP. Every error is a
// *DialError.
func (g *Guard) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, &DialError{Host: address, Err: err}
	}
	d := net.Dialer{Timeout: dialTimeout, KeepAlive: keepAlive}
	if !slices.Contains(g.Allow.hosts, strings.ToLower(address)) {
		d.Control = g.control
	}
	conn, err := d.DialContext(ctx, network, address)
	if err != nil {
		return nil, &DialError{Host: host, Port: port, Err: err}
	}
	return conn, nil
}

// control is called with each address just before it is connected to.
func (g *Guard) control(network, address string, _ syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return fmt.Errorf("network %s is not allowed", network)
	}
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("check address %s: %w", address, err)
	}
	return g.Check(to.Addr())
}

// Check returns a *RefusedError unless addr may be connected to.
func (g *Guard) Check(addr netip.Addr) error {
	if g.AllowPrivate || public(addr) {
		return nil
	}
	plain := addr.Unmap().WithZone("")
	for _, n := range g.Allow.networks {
		if n.Contains(plain) {
			return nil
		}
	}
	return &RefusedError{Addr: addr}
}

// public reports whether addr is on the public internet. For IPv6 that is what
// has been given out, less what is set apart; for addresses that carry an IPv4
// one, what they carry.
func public(addr netip.Addr) bool {
	if addr.Zone() != "" {
		return false
	}
	addr = addr.Unmap()
	if addr.Is4() {
		return !within(addr, reserved4())
	}
	b := addr.As16()
	if nat64 := netip.MustParsePrefix("64:ff9b::/96"); nat64.Contains(addr) {
		return public(netip.AddrFrom4([4]byte(b[12:])))
	}
	return netip.MustParsePrefix("2000::/3").Contains(addr) && !within(addr, reserved6())
}

func within(addr netip.Addr, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return netip.MustParsePrefix(p).Contains(addr) })
}

// reserved4 and reserved6 are from the registries of special-purpose addresses
// (RFC 6890 and what followed), and where clouds tell their machines secrets.
func reserved4() []string {
	return []string{
		"0.0.0.0/8",        // this network
		"10.0.0.0/8",       // private
		"100.64.0.0/10",    // shared (CGNAT)
		"127.0.0.0/8",      // loopback
		"168.63.129.16/32", // Azure's metadata
		"169.254.0.0/16",   // link-local, metadata of most clouds
		"172.16.0.0/12",    // private
		"192.0.0.0/24",     // protocol assignments, Oracle's metadata
		"192.0.2.0/24",     // documentation
		"192.88.99.0/24",   // 6to4 relay
		"192.168.0.0/16",   // private
		"198.18.0.0/15",    // benchmarks
		"198.51.100.0/24",  // documentation
		"203.0.113.0/24",   // documentation
		"224.0.0.0/4",      // multicast
		"240.0.0.0/4",      // reserved, broadcast
	}
}

func reserved6() []string {
	return []string{
		"2001::/23",     // protocol assignments, Teredo
		"2001:db8::/32", // documentation
		"2002::/16",     // 6to4, which carries any IPv4 address
		"3fff::/20",     // documentation
	}
}
