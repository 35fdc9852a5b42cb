package desk

import (
	"fmt"
	"slices"
	"strings"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
)

// maxParts bounds how many posts one answer may become.
const maxParts = 25

// signed puts a signature under an answer; "" is none.
func signed(body, signature string) string {
	if signature == "" {
		return body
	}
	return body + "\n\n– " + signature
}

// unsigned takes the signature from an answer again.
func unsigned(whole, signature string) string {
	if signature == "" {
		return whole
	}
	return strings.TrimSuffix(whole, "\n\n– "+signature)
}

// cutAnswer cuts an answer into posts. Several are numbered "1/3", which counts
// in their length, where the network has a limit.
func cutAnswer(c network.Compose, whole string) []string {
	parts := c.Split(whole)
	if len(parts) < 2 || c.Limit <= 0 {
		return parts
	}
	for tries := 0; tries < 4; tries++ {
		of := len(parts)
		room := c.Limit - c.Count(numbering(of, of))
		if room < c.Limit/2 {
			break
		}
		cut := text.Split(whole, room, c.Count)
		if digits(len(cut)) > digits(of) {
			parts = cut // the numbers need more room than was left for them
			continue
		}
		for i := range cut {
			cut[i] += numbering(i+1, len(cut))
		}
		// The network may count more than one thing (characters and bytes).
		if slices.ContainsFunc(cut, func(p string) bool { return c.Count(p) > c.Limit || len(c.Split(p)) != 1 }) {
			break
		}
		return cut
	}
	return c.Split(whole)
}

func numbering(n, of int) string { return fmt.Sprintf(" %d/%d", n, of) }

func digits(n int) int { return len(fmt.Sprint(n)) }

// tooLong says why parts cannot be sent on a network, "" when they can.
func tooLong(c network.Compose, parts []string) string {
	if len(parts) > maxParts {
		return fmt.Sprintf("This would become %d posts, and %d are the most. Shorten it, or give a link to the rest.", len(parts), maxParts)
	}
	for _, p := range parts {
		if n := c.Count(p); c.Limit > 0 && n > c.Limit {
			return fmt.Sprintf("This is too long: %d %s, and %d are the most. Shorten it.", n, c.Unit, c.Limit)
		}
	}
	return ""
}

// privacy orders visibilities, the most public first.
func privacy(v network.Visibility) int {
	return slices.Index([]network.Visibility{network.Public, network.Unlisted, network.Followers, network.Direct}, v)
}

// visibilities are those that an answer may have: what the network allows for
// the message that is answered and for its conversation, whichever is the more
// private. What was said to us alone is never answered in public.
func visibilities(c network.Compose, conversation, answered network.Visibility) []network.Visibility {
	to := conversation
	if privacy(answered) > privacy(to) {
		to = answered
	}
	allowed := c.ReplyVisibility(to)
	if to == network.Direct {
		allowed = slices.DeleteFunc(slices.Clone(allowed), func(v network.Visibility) bool { return v != network.Direct })
	}
	return allowed
}

// chosen is the visibility of an answer: the one that was asked for when it is
// allowed, the usual one when none was.
func chosen(allowed []network.Visibility, wanted network.Visibility) (network.Visibility, error) {
	switch {
	case len(allowed) == 0:
		return "", fault.Field("visibility", "This network has no way to answer this message. Write a note, and reach the person another way.")
	case wanted == "":
		return allowed[0], nil
	case slices.Contains(allowed, wanted):
		return wanted, nil
	case !slices.Contains(allowed, network.Public) && wanted != network.Direct:
		return "", fault.Field("visibility", "This was written to us in private and cannot be answered in public. Choose a private answer.")
	}
	return "", fault.Field("visibility", "This network does not allow that for this message. Choose another way to answer.")
}

// checkFiles says what keeps the files of an answer from being sent.
func checkFiles(l network.MediaLimits, files []Media) error {
	var wrong fault.Fields
	if len(files) > l.Max {
		if l.Max == 0 {
			wrong.Add("file", "No files can be sent on this network. Remove them, or put a link into the text.")
		} else {
			wrong.Add("file", fmt.Sprintf("%d files are attached, and %d are the most here. Remove some.", len(files), l.Max))
		}
	}
	for _, f := range files {
		switch {
		case f.State != "ready":
			wrong.Add("file", fmt.Sprintf("“%s” cannot be sent. Remove it.", f.Filename))
		case f.Picture() && strings.TrimSpace(f.Alt) == "":
			wrong.Add(fmt.Sprintf("alt_%d", f.ID), "Describe the picture, for those who cannot see it.")
		}
	}
	return wrong.Err()
}
