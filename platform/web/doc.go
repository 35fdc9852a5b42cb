// Package web is everything between net/http and a use case: routes with their
// access, errors that become pages, forms, notices, fragments, live streams and
// the layouts.
//
// It knows no word of council work. Who is signed in comes through
// Authenticator, what the council is called and what stands in the navigation
// comes through Options.Site, and roles are strings.
//
// A capability registers its routes on a Router:
//
//	r.Handle("GET /desk/{id}", web.Roles("officer", "leader"), h.show)
//	r.Handle("POST /desk/{id}/reply", web.Roles("officer", "leader"), h.reply, web.MaxBody(12<<20))
//
// and its handlers return errors. An error of package fault becomes a page or a
// fragment with that sentence; any other becomes a page with a reference number
// and a line in the log. HTTP statuses exist nowhere else in Mercat.
//
// Components without council words are in web/ui, files for the browser in
// web/assets.
package web
