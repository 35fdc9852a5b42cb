package email

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-smtp"

	"mercat.scot/mercat/network"
)

func trouble(t network.Trouble, sentence string, cause error) *network.Error {
	return &network.Error{Trouble: t, Sentence: sentence, Cause: cause}
}

func refused(sentence string, cause error) *network.Error {
	return trouble(network.Refused, sentence, cause)
}

// classified makes sure that what leaves the package is a *network.Error.
func classified(err error, otherwise string) error {
	var known *network.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return trouble(network.Unreachable, "The mail server took too long to answer. Mercat will try again.", err)
	}
	return trouble(network.Broken, otherwise, err)
}

var errTooMuch = errors.New("the server sends more than was asked for")

// explainDial says why there is no connection. What is "incoming" or "outgoing".
func explainDial(what string, s server, err error) *network.Error {
	var (
		dns       *net.DNSError
		unknownCA x509.UnknownAuthorityError
		name      x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		alert     tls.AlertError
	)
	where := fmt.Sprintf("The %s mail server %s", what, s.host)
	sentence := where + " cannot be reached. Check its name and port, and that this computer is online."
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		sentence = where + " could not be found. Check the name."
	case errors.Is(err, syscall.ECONNREFUSED):
		sentence = fmt.Sprintf("%s refuses connections on port %s. Check the port.", where, s.port)
	case errors.As(err, &unknownCA):
		sentence = where + " shows a certificate from an authority that this computer does not know. Ask whoever looks after it for a proper certificate."
	case errors.As(err, &name):
		sentence = where + " shows a certificate for another name. Use the name that is in the certificate."
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		sentence = where + " shows a certificate that has run out or is not valid yet. Ask whoever looks after it to renew it, and check this computer’s clock."
	case errors.As(err, &invalid):
		sentence = where + " shows a certificate that is not valid. Ask whoever looks after it to replace it."
	case errors.As(err, &record):
		sentence = fmt.Sprintf("%s does not speak TLS on port %s. Choose starttls, or another port.", where, s.port)
	case errors.As(err, &alert):
		sentence = where + " and Mercat could not agree on an encryption. It may be too old."
	case isTimeout(err):
		sentence = where + " did not answer in time. Check its name and port; Mercat will try again."
	case errors.Is(err, errNoStartTLS):
		sentence = where + " does not offer STARTTLS. Choose tls, or another port."
	case errors.Is(err, errNotIMAP):
		sentence = fmt.Sprintf("What answers at %s port %s is not a mail server of the right kind. Check the name and the port.", s.host, s.port)
	}
	return trouble(network.Unreachable, sentence, err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// explainIMAP says what an IMAP command's failure means. While says what was
// being done.
func explainIMAP(s server, while string, err error) *network.Error {
	var known *network.Error
	if errors.As(err, &known) {
		return known
	}
	var said *imap.Error
	if errors.As(err, &said) {
		words := said.Text
		if words != "" {
			words = fmt.Sprintf(" It said: %s.", serverWords(words))
		}
		switch said.Code {
		case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeContactAdmin:
			return trouble(network.Broken, fmt.Sprintf("The incoming mail server %s has trouble of its own.%s Mercat will try again.", s.host, words), err)
		case imap.ResponseCodeLimit:
			return trouble(network.Limited, fmt.Sprintf("The incoming mail server %s has had too many requests.%s Mercat will try again later.", s.host, words), err)
		}
		return trouble(network.Broken, fmt.Sprintf("The incoming mail server %s could not %s.%s Mercat will try again.", s.host, while, words), err)
	}
	if errors.Is(err, errTooMuch) {
		return trouble(network.Broken, fmt.Sprintf("The incoming mail server %s sent far more than it was asked for, so Mercat hung up. It will try again.", s.host), err)
	}
	if isTimeout(err) || errors.Is(err, context.Canceled) {
		return trouble(network.Unreachable, fmt.Sprintf("The incoming mail server %s took too long to %s. Mercat will try again.", s.host, while), err)
	}
	return trouble(network.Unreachable, fmt.Sprintf("The connection to the incoming mail server %s broke off. Mercat will try again.", s.host), err)
}

// explainLogin says why a sign-in failed.
func explainLogin(s server, err error) *network.Error {
	var said *imap.Error
	if !errors.As(err, &said) {
		return explainIMAP(s, "sign in", err)
	}
	switch said.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeServerBug, imap.ResponseCodeInUse, imap.ResponseCodeLimit, imap.ResponseCodeContactAdmin:
		return explainIMAP(s, "sign in", err)
	case imap.ResponseCodePrivacyRequired:
		return trouble(network.Revoked, fmt.Sprintf("The incoming mail server %s takes passwords on an encrypted connection only. Choose tls or starttls.", s.host), err)
	}
	return trouble(network.Revoked, fmt.Sprintf("The incoming mail server %s does not accept the user name and password. Enter them again under Settings; some providers want an app password.", s.host), err)
}

// explainSelect says why a folder cannot be opened.
func explainSelect(s server, folder string, err error) *network.Error {
	var said *imap.Error
	if errors.As(err, &said) && said.Type == imap.StatusResponseTypeNo {
		words := strings.ToLower(said.Text)
		missing := said.Code == imap.ResponseCodeNonExistent
		for _, sign := range []string{"doesn't exist", "does not exist", "not exist", "no such", "not found", "unknown"} {
			missing = missing || strings.Contains(words, sign)
		}
		if missing {
			return trouble(network.Revoked, fmt.Sprintf("There is no folder %q in the mailbox. Check the folder’s name under Settings.", folder), err)
		}
		if said.Code == imap.ResponseCodeNoPerm {
			return trouble(network.Revoked, fmt.Sprintf("The user may not read the folder %q. Ask whoever looks after the mail server.", folder), err)
		}
	}
	return explainIMAP(s, "open the folder", err)
}

// step is how far an SMTP transaction had come.
type step string

const (
	stepGreeting  step = "greeting"
	stepLogin     step = "sign-in"
	stepSender    step = "sender"
	stepRecipient step = "recipient"
	stepMessage   step = "message"
)

// explainSMTP says what an SMTP failure means at a step.
func explainSMTP(s server, at step, who string, err error) *network.Error {
	var known *network.Error
	if errors.As(err, &known) {
		return known
	}
	var said *smtp.SMTPError
	if !errors.As(err, &said) {
		if isTimeout(err) || errors.Is(err, context.Canceled) {
			return trouble(network.Unreachable, fmt.Sprintf("The outgoing mail server %s did not answer in time. Mercat will try again.", s.host), err)
		}
		return trouble(network.Unreachable, fmt.Sprintf("The connection to the outgoing mail server %s broke off. Mercat will try again.", s.host), err)
	}
	words := ""
	if w := serverWords(said.Message); w != "" {
		words = fmt.Sprintf(" It said: %s.", w)
	}
	code := fmt.Sprintf("%d.%d.%d", said.EnhancedCode[0], said.EnhancedCode[1], said.EnhancedCode[2])
	if said.Code < 500 {
		if said.Code == 421 || said.Code == 450 || strings.HasPrefix(code, "4.7.") || strings.HasPrefix(code, "4.3.2") {
			return trouble(network.Limited, fmt.Sprintf("The outgoing mail server %s asks to wait.%s Mercat will try again.", s.host, words), err)
		}
		return trouble(network.Broken, fmt.Sprintf("The outgoing mail server %s cannot take the message just now.%s Mercat will try again.", s.host, words), err)
	}
	login := trouble(network.Revoked, fmt.Sprintf("The outgoing mail server %s does not accept the user name and password. Enter them again under Settings; some providers want an app password.%s", s.host, words), err)
	switch {
	case at == stepLogin, said.Code == 530, said.Code == 535, said.Code == 534:
		return login
	case at == stepGreeting:
		return trouble(network.Broken, fmt.Sprintf("The outgoing mail server %s does not want to talk.%s Mercat will try again.", s.host, words), err)
	case at == stepSender:
		return refused(fmt.Sprintf("The outgoing mail server %s does not let this account send as %s.%s Check the address and the user name under Settings.", s.host, who, words), err)
	case at == stepRecipient && strings.HasPrefix(code, "5.1."):
		return refused(fmt.Sprintf("The address %s does not exist, says the mail server. Check it, or reach the person in another way.%s", who, words), err)
	case at == stepRecipient:
		return refused(fmt.Sprintf("The outgoing mail server %s does not take mail for %s.%s Check the address, or reach the person in another way.", s.host, who, words), err)
	case said.Code == 552, strings.HasPrefix(code, "5.3.4"), strings.HasPrefix(code, "5.2.3"):
		return refused(fmt.Sprintf("The message is too large for the mail server. Send it with fewer or smaller attachments.%s", words), err)
	}
	return refused(fmt.Sprintf("The outgoing mail server %s refused the message.%s Change it, or reach the person in another way.", s.host, words), err)
}
