package email

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

// recipientStatus is what a delivery report says of one recipient (RFC 3464).
type recipientStatus struct {
	recipient  mailbox
	action     string // failed, delayed, delivered, relayed, expanded
	status     string // 5.1.1
	diagnostic string // the server's words
}

const maxRecipients = 50 // of one report that are read

// parseStatus reads the body of a message/delivery-status part.
func parseStatus(body []byte) []recipientStatus {
	var list []recipientStatus
	for len(body) > 0 && len(list) < maxRecipients {
		var h header
		h, body = splitHeader(bytes.TrimLeft(body, "\r\n"))
		address := firstOf(h.get("final-recipient"), h.get("original-recipient"))
		if address == "" {
			continue // the fields of the whole message
		}
		if _, a, ok := strings.Cut(address, ";"); ok {
			address = a
		}
		r := recipientStatus{action: strings.ToLower(strings.TrimSpace(h.get("action")))}
		r.action, _, _ = strings.Cut(r.action, " ")
		r.recipient, _ = parseMailbox(strings.Trim(strings.TrimSpace(address), "<>")) // an unreadable one is "the address"
		r.status, _, _ = strings.Cut(strings.TrimSpace(h.get("status")), " ")
		diagnostic := h.get("diagnostic-code")
		if kind, words, ok := strings.Cut(diagnostic, ";"); ok && !strings.Contains(kind, " ") {
			diagnostic = words
		}
		r.diagnostic = serverWords(diagnostic)
		list = append(list, r)
	}
	return list
}

// serverWords is what another server said, fit for a sentence to people.
func serverWords(s string) string {
	s, _ = text.CleanLine(decodeWords(s), 250) // foreign words, shown in part
	return strings.TrimRight(s, " .:;")
}

// receipt makes of a report what became of our message, if it is about one that
// we sent to somebody else.
func (r recipientStatus) receipt(of network.Ref, at time.Time) *network.Receipt {
	switch r.action {
	case "failed":
		return &network.Receipt{Of: of, Failed: true, Sentence: r.sentence(), At: at}
	case "delayed":
		return &network.Receipt{Of: of, Sentence: fmt.Sprintf("The message to %s has not arrived yet. The mail server goes on trying.", r.who()), At: at}
	case "delivered", "relayed", "expanded":
		return &network.Receipt{Of: of, Sentence: fmt.Sprintf("The message to %s was delivered.", r.who()), At: at}
	}
	return nil
}

func (r recipientStatus) who() string { return firstOf(r.recipient.address(), "the address") }

// sentence says what went wrong and what to do, by the enhanced status code
// (RFC 3463).
func (r recipientStatus) sentence() string {
	class, detail, _ := strings.Cut(r.status, ".")
	words := ""
	if r.diagnostic != "" {
		words = fmt.Sprintf(" The mail server said: %s.", r.diagnostic)
	}
	switch detail {
	case "1.1", "1.10", "1.3", "1.6", "1.0":
		return fmt.Sprintf("The address %s does not exist. Check it, or reach the person in another way.%s", r.who(), words)
	case "2.2":
		return fmt.Sprintf("The mailbox of %s is full. Try again later, or reach the person in another way.%s", r.who(), words)
	case "2.1":
		return fmt.Sprintf("The mailbox of %s does not take mail at present. Reach the person in another way.%s", r.who(), words)
	case "1.2", "4.4":
		return fmt.Sprintf("There is no mail server for the address %s. Check what stands after the @.%s", r.who(), words)
	case "3.4", "2.3":
		return fmt.Sprintf("The message is too large for the mail server of %s. Send it with fewer or smaller attachments.%s", r.who(), words)
	case "4.1", "4.7", "4.0":
		return fmt.Sprintf("The mail server of %s could not be reached in time, and the message was given up. Send it again, or reach the person in another way.%s", r.who(), words)
	}
	if strings.HasPrefix(detail, "7.") {
		return fmt.Sprintf("The mail server of %s refused the message. Reach the person in another way, and tell whoever looks after your mail server.%s", r.who(), words)
	}
	if class == "4" {
		return fmt.Sprintf("The message to %s could not be delivered in time, and was given up. Send it again, or reach the person in another way.%s", r.who(), words)
	}
	return fmt.Sprintf("The message to %s could not be delivered. Check the address, or reach the person in another way.%s", r.who(), words)
}
