package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
)

// Explain says in plain words why a connection failed and what to do, for the
// errors that networks, certificates and this package make. ok is false for
// others, among them a call that we ended ourselves.
func Explain(err error) (sentence string, ok bool) {
	if err == nil || errors.Is(err, context.Canceled) {
		return "", false
	}
	host := hostOf(err)
	for _, explain := range []func(error, string) string{explainOwn, explainName, explainCertificate, explainConnection} {
		if sentence = explain(err, host); sentence != "" {
			return sentence, true
		}
	}
	return "", false
}

// hostOf returns the server that err is about, to begin a sentence with.
func hostOf(err error) string {
	var (
		dial *DialError
		req  *url.Error
		dns  *net.DNSError
		name x509.HostnameError
		op   *net.OpError
	)
	host := ""
	switch {
	case errors.As(err, &dial):
		host = dial.Host
	case errors.As(err, &req):
		if u, bad := url.Parse(req.URL); bad == nil {
			host = u.Hostname()
		}
	case errors.As(err, &dns):
		host = dns.Name
	case errors.As(err, &name):
		host = name.Host
	case errors.As(err, &op) && op.Addr != nil:
		host = op.Addr.String()
	}
	if host == "" || len(host) > 253 {
		return "The server"
	}
	return "The server " + host
}

func explainOwn(err error, host string) string {
	var (
		refused  *RefusedError
		redirect *RedirectError
		large    *TooLargeError
	)
	switch {
	case errors.As(err, &refused):
		return fmt.Sprintf("%s has the address %s, which is inside a private network. Mercat does not connect there unless its configuration allows it.", host, refused.Addr)
	case errors.As(err, &redirect):
		return fmt.Sprintf("%s sends us on to %s, where we do not go: %s. Check the address.", host, redirect.To.Hostname(), redirect.Reason)
	case errors.As(err, &large):
		return fmt.Sprintf("%s sent more than the %s that we accept.", host, size(large.Max))
	}
	return ""
}

func size(n int64) string {
	if n >= 1<<20 {
		return fmt.Sprintf("%d MB", n>>20)
	}
	return fmt.Sprintf("%d kB", (n+1023)>>10)
}

func explainName(err error, host string) string {
	var dns *net.DNSError
	if !errors.As(err, &dns) {
		return ""
	}
	if dns.IsNotFound {
		return host + " could not be found. Check the name."
	}
	return host + " could not be looked up, because the name service does not answer. Try again later; if it goes on, check this machine’s network."
}

func explainCertificate(err error, host string) string {
	var (
		invalid x509.CertificateInvalidError
		name    x509.HostnameError
		unknown x509.UnknownAuthorityError
		roots   x509.SystemRootsError
		record  tls.RecordHeaderError
		op      *net.OpError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if invalid.Cert != nil {
			return fmt.Sprintf("%s has a certificate that is valid only from %s to %s. Its administrator must renew it; or the clock of this machine is wrong.",
				host, invalid.Cert.NotBefore.Format("2 January 2006"), invalid.Cert.NotAfter.Format("2 January 2006"))
		}
		return host + " has a certificate that is no longer valid. Its administrator must renew it."
	case errors.As(err, &name):
		return host + " has a certificate for another name. Check the name; if it is right, somebody may be between us and the server."
	case errors.As(err, &unknown):
		return host + " has a certificate from an authority that this machine does not know. Its administrator must install one from a public authority, or this machine must be told of yours."
	case errors.As(err, &invalid):
		return host + " has a certificate that cannot be used. Its administrator must replace it."
	case errors.As(err, &roots):
		return "This machine has no list of certificate authorities. Install the package ca-certificates."
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return host + " does not speak TLS on this port. Check the port and the kind of encryption."
	case errors.As(err, &op) && op.Op == "remote error": // a TLS alert, which has no type of its own
		return host + " and we could not agree on how to encrypt. It may be too old, or expect a certificate of ours."
	}
	return ""
}

func explainConnection(err error, host string) string {
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		return host + " refuses the connection. Check the port, and that the service is running."
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return host + " cannot be reached from this machine. Check the network and its firewall."
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM):
		return host + " cannot be reached, because this machine’s own firewall forbids it."
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return host + " did not answer in time. Check the port; if it is right, try again later."
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return host + " broke off the connection. Try again later; if it goes on, check the port and the kind of encryption."
	}
	return ""
}
