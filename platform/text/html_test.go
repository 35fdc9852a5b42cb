package text

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestForeignHTMLIsMadeSafe(t *testing.T) {
	const rel = ` rel="nofollow noreferrer noopener"`
	for name, c := range map[string]struct{ in, out string }{
		"text and paragraphs":          {"<p>Hello <b>Ann</b> &amp; Bob</p>", "<p>Hello <b>Ann</b> &amp; Bob</p>"},
		"script and style go":          {"a<script>alert(1)</script><style>p{}</style>b", "ab"},
		"handlers, styles, classes go": {`<p onclick="x()" style="color:red" class=c id=i>a</p>`, "<p>a</p>"},
		"links":                        {`<a href="https://example.org/?a=1&b=2" target=_blank onclick=x>a</a>`, `<a href="https://example.org/?a=1&amp;b=2"` + rel + `>a</a>`},
		"links that run something":     {`<a href="javascript:alert(1)">a</a><a href=" java&#10;script:x">b</a><a href="data:text/html,x">c</a>`, "abc"},
		"relative links":               {`<a href="/admin/delete">a</a><a href="//evil.test">b</a>`, "ab"},
		"pictures":                     {`<img src="https://tracker.test/1.gif" alt="A blocked drain">`, "[A blocked drain]"},
		"forms":                        {`<form action=x><input name=password><button>Go</button></form>`, "<div>Go</div>"},
		"hidden text":                  {`a<div style="DISPLAY : none !important">b<p>c</p></div><span hidden>d</span>e`, "ae"},
		"end tags without a start":     {"a</div></div></body></html>b", "ab"},
		"elements without an end":      {"<div><b>a", "<div><b>a</b></div>"},
		"crossed elements":             {"<b><i>a</b>b</i>", "<b><i>a</i></b>b"},
		"list items outside a list":    {"<li>a<li>b", "<div>a</div><div>b</div>"},
		"old lists":                    {"<ul>x<li>a<ul><li>b</ul><li>c</ul>", "<ul><li>x</li><li>a<ul><li>b</li></ul></li><li>c</li></ul>"},
		"headings":                     {"<h1>a<div>b</div></h1>", "<p><strong>ab<br></strong></p>"},
		"tables":                       {`<table width=1><tr><td colspan=2 bgcolor=red>a<td>b<tr><td>c</table>`, `<table><tbody><tr><td colspan="2">a</td><td>b</td></tr></tbody><tbody><tr><td>c</td></tr></tbody></table>`},
		"cells outside a table":        {"<td>a</td><tr><td>b", "a b "},
		"foreign content":              {`<svg><a xlink:href="javascript:x"><text>a</text></a></svg><math><mi>b</mi></math>c`, "c"},
		"comments":                     {"a<!-- <b> --!>b<!--[if mso]>x<![endif]-->c", "abc"},
		"blocks in a line of text":     {"<b><p>a</p><p>b</p></b>", "<b>a<br>b<br></b>"},
		"unclosed paragraphs":          {strings.Repeat("<p>a", 3), strings.Repeat("<p>a</p>", 3)},
	} {
		t.Run(name, func(t *testing.T) {
			if out, _ := SanitiseHTML(c.in); string(out) != c.out {
				t.Errorf("%s\nbecame %s\nwant   %s", c.in, out, c.out)
			}
		})
	}
}

func TestHTMLIsBounded(t *testing.T) {
	for name, in := range map[string]string{
		"long":           strings.Repeat("<p>word</p>", 200_000),
		"grows":          strings.Repeat("'", 1<<20),
		"deep":           strings.Repeat("<div>", 100_000) + "x",
		"deep lines":     strings.Repeat("<b><i>", 100_000) + "x",
		"stray ends":     strings.Repeat("<div>", 10_000) + strings.Repeat("</p></b>", 50_000),
		"hidden nesting": "<div hidden>" + strings.Repeat("<div><p>", 100_000),
		"attributes":     "<p " + strings.Repeat("a=b ", 200_000) + ">",
		"one word":       strings.Repeat("a", 3<<20),
		"open tag":       "<a href='" + strings.Repeat("x", 3<<20),
	} {
		out, removed := SanitiseHTML(in)
		if len(out) > maxHTML {
			t.Errorf("%s: %d bytes", name, len(out))
		}
		if len(in) > maxHTML && !removed.Cut {
			t.Errorf("%s: nobody is told that it was cut", name)
		}
		if plain := HTMLToText(in); len(plain) > maxPlainText+4096 {
			t.Errorf("%s: %d bytes of text", name, len(plain))
		}
	}
	if _, removed := SanitiseHTML("<img src=https://a.test><img src=//b.test><img src=cid:c>"); removed.Images != 2 {
		t.Errorf("%d pictures", removed.Images)
	}
}

var (
	active = regexp.MustCompile(`(?i)<\s*(script|style|iframe|object|svg|math|img|form|input|base|meta|link)|<[^>]*\s(on[a-z]+|style|class|id|target)\s*=`)
	box    = `<ol><li><div id="box">`
	after  = `</div><i id="after"></i></li></ol>`
)

// checkHTML reads the result as a browser would, in the sort of place where a
// page puts it: it must stay in its box.
func checkHTML(t failer, raw string) {
	out, _ := SanitiseHTML(raw)
	if bad := active.FindString(string(out)); bad != "" {
		t.Fatalf("%q kept %q in %q", raw, bad, out)
	}
	if again, _ := SanitiseHTML(string(out)); again != out {
		t.Fatalf("%q became %q and then %q", raw, out, again)
	}
	doc, err := html.Parse(strings.NewReader(box + string(out) + after))
	if err != nil {
		t.Fatalf("%q: %v", out, err)
	}
	end := find(doc, "after")
	if end == nil || end.PrevSibling == nil || end.PrevSibling.Data != "div" || attr(end.PrevSibling.Attr, "id") != "box" || end.Parent.Data != "li" {
		var b strings.Builder
		_ = html.Render(&b, doc) // a strings.Builder does not fail
		t.Fatalf("%q left its box: %q", raw, b.String())
	}
}

func find(n *html.Node, id string) *html.Node {
	if n.Type == html.ElementNode && attr(n.Attr, "id") == id {
		return n
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if found := find(c, id); found != nil {
			return found
		}
	}
	return nil
}

var hostileHTML = []string{
	`<p>Hello <a href="https://example.org">x</a><img src=x onerror=alert(1)>`,
	`</div></li></ol><li><li>x</li></li>`, `<table><div>a<tr><li>b<td><table><td>c</table></div>d`,
	`<a href=https://a.test><b><a href=https://b.test>x</b></a></a>`, `<svg><style><img src=x onerror=alert(1)></style>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>">`, `<p style="display:none">a<p>b`,
	`<dl>a<dd><dt><dl></dd><pre>` + "\n\r\n" + `x</pre>`, `<!doctype html><html><head><title>x</title><body>y</html>z`,
	`<select><option><p>x</select>`, `<h1><h2>a</h1><hr><p><hr></p>`, `<form><p></form><textarea></p></textarea>`, `&lt;script&gt;&#0;&#x1F3F4;`,
}

func TestHostileHTMLStaysInItsBox(t *testing.T) {
	for _, s := range hostileHTML {
		checkHTML(t, s)
	}
}

func FuzzSanitiseHTML(f *testing.F) {
	for _, s := range hostileHTML {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) < 1<<16 {
			checkHTML(t, s)
		}
	})
}

func TestHTMLAsPlainText(t *testing.T) {
	for name, c := range map[string]struct{ in, out string }{
		"paragraphs and breaks": {"<p>a  b\n c</p><p>d<br>e</p>", "a b c\n\nd\ne"},
		"mail of divs":          {"<div>a</div><div><br></div><div>b</div>", "a\n\nb"},
		"lists":                 {"x<ul><li>a<li><p>b</p></ul>y", "x\n\n- a\n- b\n\ny"},
		"links":                 {`<a href="https://example.org/a">here</a> <a href="https://example.org/">example.org</a> <a href="mailto:a@b.test">a@b.test</a>`, "here (https://example.org/a) example.org a@b.test"},
		"mentions of a status":  {`<p><span class="h-card"><a href="https://m.test/@ann" class="u-url mention">@<span>ann</span></a></span> hi <a href="https://m.test/tags/fife">#<span>fife</span></a></p>`, "@ann hi #fife"},
		"quotations":            {"new<blockquote>old<blockquote><p>older</p>line</blockquote></blockquote>end", "new\n\n> old\n>\n> > older\n> >\n> > line\n\nend"},
		"cells":                 {"<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"},
		"preformatted":          {"<pre>a\n  b</pre>", "a\n  b"},
		"pictures":              {`see <img alt="a drain">`, "see [a drain]"},
		"hidden preview":        {`<span style="display:none">preview</span>a<script>x</script>`, "a"},
		"entities":              {"&lt;b&gt; &amp; caf&eacute;", "<b> & café"},
	} {
		t.Run(name, func(t *testing.T) {
			if out := HTMLToText(c.in); out != c.out {
				t.Errorf("%s\nbecame %q\nwant   %q", c.in, out, c.out)
			}
		})
	}
}

func FuzzHTMLToText(f *testing.F) {
	for _, s := range hostileHTML {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if out := HTMLToText(s); len(out) > 8*len(s)+64 {
			t.Fatalf("%d bytes became %d", len(s), len(out))
		}
	})
}

func BenchmarkHTML(b *testing.B) {
	for name, unit := range map[string]string{
		"paragraphs": "<p>Hello <b>Ann</b> &amp; <a href='https://example.org'>x</a></p>", "open divs": "<div>", "open b": "<b>",
		"stray ends": "</p>", "cells": "<table><tr><td>", "brackets": "<", "crossed": "<b><p></b>", "quotes": "<blockquote>a",
	} {
		for _, size := range []string{"128K", "512K"} {
			n := map[string]int{"128K": 128 << 10, "512K": 512 << 10}[size]
			s := strings.Repeat(unit, n/len(unit))
			b.Run(name+"/"+size, func(b *testing.B) {
				b.SetBytes(int64(len(s)))
				for b.Loop() {
					SanitiseHTML(s)
					HTMLToText(s)
				}
			})
		}
	}
}
