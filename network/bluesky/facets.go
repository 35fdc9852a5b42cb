package bluesky

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/text"
)

const (
	maxTagBytes     = 640
	maxTagGraphemes = 64
)

// readText is a record's text as people read it, with links written out that
// are shown shortened or under other words, and fills in mentions and tags.
func readText(p *network.Post, r record) string {
	facets := slices.Clone(r.Facets)
	slices.SortStableFunc(facets, func(a, b facet) int { return a.Index.ByteStart - b.Index.ByteStart })
	var out strings.Builder
	from := 0
	for _, f := range facets {
		start, end := f.Index.ByteStart, f.Index.ByteEnd
		if start < from || end <= start || end > len(r.Text) || !boundary(r.Text, start) || !boundary(r.Text, end) {
			continue // it points to nowhere, or into another: other programs ignore it too
		}
		shown := r.Text[start:end]
		for _, feature := range f.Features {
			switch feature.Type {
			case featureLink:
				if out.Len()-from < network.MaxText { // what is written out must not grow without bound
					out.WriteString(r.Text[from:start])
					out.WriteString(writtenOut(shown, feature.URI))
					from = end
				}
			case featureMention:
				if validDID(feature.DID) && len(p.Mentions) < network.MaxMentions {
					p.Mentions = append(p.Mentions, network.Identity{
						ID: feature.DID, Handle: handleOf(strings.TrimPrefix(shown, "@")), Profile: "https://bsky.app/profile/" + feature.DID,
					})
				}
			case featureTag:
				addTag(p, feature.Tag)
			default:
				continue
			}
			break // one feature for each stretch is what programs show
		}
	}
	out.WriteString(r.Text[from:])
	for _, tag := range r.Tags {
		addTag(p, tag)
	}
	return out.String()
}

func boundary(s string, i int) bool { return i == len(s) || utf8.RuneStart(s[i]) }

func addTag(p *network.Post, tag string) {
	tag, _ = text.CleanLine(strings.TrimPrefix(strings.TrimPrefix(tag, "#"), "＃"), maxTagGraphemes*4) // tags are for finding, not for showing
	if tag != "" && len(p.Tags) < 50 && !slices.Contains(p.Tags, tag) {
		p.Tags = append(p.Tags, tag)
	}
}

// writtenOut is a link as a reader must see it to know where it goes.
func writtenOut(shown, uri string) string {
	if !webLink(uri) || strings.ContainsAny(uri, " \n\r\t") {
		return shown
	}
	bare := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(s, "https://"), "http://")
		return strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	}
	if bare(shown) == bare(uri) {
		return shown
	}
	for _, dots := range []string{"…", "..."} {
		if start, cut := strings.CutSuffix(shown, dots); cut && strings.HasPrefix(bare(uri), bare(start)) {
			return uri
		}
	}
	return shown + " (" + uri + ")"
}

// findFacets finds what is to be clickable in a text of ours. Mentions of
// handles that nobody has stay plain words.
func (c *connection) findFacets(ctx context.Context, s string, to network.Identity) ([]facet, error) {
	var facets []facet
	resolved := map[string]string{}
	for _, span := range text.Find(s) {
		f := facet{Index: facetIndex{ByteStart: span.Start, ByteEnd: span.End}}
		switch span.Kind {
		case text.Link:
			if !webLink(span.Value) {
				continue
			}
			f.Features = []facetFeature{{Type: featureLink, URI: span.Value}}
		case text.Tag:
			if len(span.Value) > maxTagBytes || text.Graphemes(span.Value) > maxTagGraphemes {
				continue
			}
			f.Features = []facetFeature{{Type: featureTag, Tag: span.Value}}
		case text.Mention:
			handle, err := syntax.ParseHandle(span.Value)
			if err != nil {
				continue
			}
			name := strings.ToLower(handle.String())
			did, known := resolved[name]
			if !known {
				if did, err = c.resolve(ctx, name, to); err != nil {
					return nil, err
				}
				resolved[name] = did
			}
			if did == "" {
				continue
			}
			f.Features = []facetFeature{{Type: featureMention, DID: did}}
		default:
			continue
		}
		facets = append(facets, f)
	}
	return facets, nil
}

// resolve finds the DID of a handle, "" when nobody has it.
func (c *connection) resolve(ctx context.Context, handle string, to network.Identity) (string, error) {
	if strings.EqualFold(to.Handle, "@"+handle) && validDID(to.ID) {
		return to.ID, nil
	}
	var answer struct {
		DID string `json:"did"`
	}
	err := c.client.query(ctx, "", methodResolveHandle, url.Values{"handle": {handle}}, &answer)
	if named(err, "InvalidRequest", "HandleNotFound") {
		return "", nil
	}
	if err != nil || !validDID(answer.DID) {
		return "", err
	}
	return answer.DID, nil
}
