package web

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mercat.scot/mercat/platform/web/ui"
)

// Site is what layouts need to know of the council that they belong to.
type Site struct {
	Council       string
	Lang          string          // BCP 47; "" is en-GB
	Demonstration bool            // shows the banner
	Making        templ.Component // in the desk's banner: how far the demonstration is; nil when it is made
	Nav           []NavItem
	Tools         []NavItem // what is done from anywhere, beside the search: icons with their keys
	Search        string    // where the desk's search box leads, or ""
	SearchLabel   string    // "" is Search
	Unread        int       // notifications of the viewer
	UnreadURL     string    // where they are, or "" for no bell
	Menu          []Link    // of the viewer, above Sign out
	SignOutURL    string    // posted to
	PublicNav     []Link
	Footer        []Link
}

// NavItem is one place of the desk's navigation.
type NavItem struct {
	Label string
	URL   string
	Icon  string   // of ui.Icon
	Keys  string   // the shortcut, such as "g i"
	Roles []string // who sees it; nobody named means everybody
	Count int      // of what waits there; 0 shows nothing
	// Items are the places below it, such as the parts of the settings. They
	// stand beside every page whose Page.Current is one of them or below.
	Items []NavItem
}

// Link is a label with an address.
type Link = ui.Link

// Page is what a layout needs to know of one page.
type Page struct {
	Title   string // the page, without the council's name
	Current string // URL of the NavItem or Link that is current
	Back    Link   // public pages: one step back, when it has a URL
	Invalid bool   // the page shows errors: the title says so
	Live    string // address of a Stream whose named events reach the page's script
	Map     bool   // loads the map
	Private bool   // public layout: search engines are asked to stay away
	Wide    bool   // public and plain layouts: the content needs the whole width
	Lang    string // when the page is in another language than the site
}

func (q *request) findSite(ctx context.Context) (Site, error) {
	if q.router == nil {
		return Site{Council: "Mercat"}, nil
	}
	site, err := q.router.options.Site(ctx)
	if err != nil && q.failing {
		return Site{}, nil // the error page must not fail for its decoration
	}
	if err != nil {
		return Site{}, fmt.Errorf("find what the page's frame shows: %w", err)
	}
	return site, nil
}

// frame is what the layouts' templates get.
type frame struct {
	Page
	Site
	Viewer   Viewer
	SignedIn bool
	Notices  []Notice
}

// withFrame makes a layout of a template: it asks for the site while rendering,
// so that fragments do not pay for it.
func withFrame(p Page, layout func(frame) templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		q := requestOf(ctx)
		site, err := q.findSite(ctx)
		if err != nil {
			return err
		}
		f := frame{Page: p, Site: site, Notices: q.notices}
		f.Viewer, f.SignedIn = ViewerOf(ctx)
		if f.Council == "" {
			f.Council = "Mercat"
		}
		return layout(f).Render(ctx, w)
	})
}

// DeskLayout is for people at work. Its children are the page: for three panes,
// a ui.Panes.
func DeskLayout(p Page) templ.Component { return withFrame(p, deskLayout) }

// PublicLayout is for citizens: one column, in the manner of GOV.UK.
func PublicLayout(p Page) templ.Component { return withFrame(p, publicLayout) }

// PlainLayout is one narrow box, for signing in and setting up.
func PlainLayout(p Page) templ.Component { return withFrame(p, plainLayout) }

// PrintLayout is for paper: transcripts and the like. Times in it are exact,
// for "4 min" means nothing in a drawer.
func PrintLayout(p Page) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		ctx = ui.WithMoment(ctx, ui.Moment{Location: Location(ctx)})
		return withFrame(p, printLayout).Render(ctx, w)
	})
}

func (f frame) fullTitle(wrong string) string {
	title := f.Council
	if f.Page.Title != "" {
		title = f.Page.Title + " – " + f.Council
	}
	if f.Invalid {
		return wrong + title
	}
	return title
}

func (f frame) lang() string {
	for _, lang := range []string{f.Page.Lang, f.Viewer.Locale, f.Site.Lang} {
		if lang != "" {
			return lang
		}
	}
	return "en-GB"
}

// nav is what this viewer sees of the navigation.
func (f frame) nav() []NavItem { return f.mine(f.Nav) }

func (f frame) mine(items []NavItem) []NavItem {
	var mine []NavItem
	for _, item := range items {
		if len(item.Roles) == 0 || slices.Contains(item.Roles, f.Viewer.Role) {
			mine = append(mine, item)
		}
	}
	return mine
}

// places are the neighbours of the page below one place of the navigation, when
// it has any.
func (f frame) places() ui.Side {
	for _, item := range f.nav() {
		var list []ui.SideItem
		here := false
		for _, below := range f.mine(item.Items) {
			current := f.isCurrent(below.URL)
			here = here || current
			list = append(list, ui.SideItem{Label: below.Label, URL: below.URL, Icon: below.Icon, Key: below.Keys, Count: below.Count, Current: current})
		}
		if here && len(list) > 1 {
			return ui.Side{Groups: []ui.SideGroup{{Title: item.Label, Items: list}}}
		}
	}
	return ui.Side{}
}

// isCurrent marks the place of the navigation below which the page lies; how it
// is looked at, such as in which language, makes no other place of it.
func (f frame) isCurrent(url string) bool {
	url, _, _ = strings.Cut(url, "?")
	return f.Current == url || (url != "/" && strings.HasPrefix(f.Current, url+"/"))
}

// viewerID tells the script whose drafts it keeps in this browser.
func (f frame) viewerID() string {
	if !f.SignedIn {
		return ""
	}
	return strconv.FormatInt(f.Viewer.ID, 10)
}

func (f frame) keys() string {
	if f.Viewer.SingleKeys {
		return "on"
	}
	return "off"
}
