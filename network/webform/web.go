package webform

import (
	"net/http"
	"time"

	"mercat.scot/mercat/platform/web"
)

const (
	maxBody = 61 << 20 // photos together, and the words
	// uploadTime lets 60 MB through a line of one megabit.
	uploadTime = 10 * time.Minute
)

// Routes registers the public pages.
func (n *Network) Routes(r *web.Router) {
	everybody := web.Public("citizens write to the council without an account")
	holder := web.Public("whoever has the long reference is the citizen to whom the page belongs")
	// The reference identifies the caller and no cookie does; browsers send no
	// origin from these pages, for their Referrer-Policy is no-referrer.
	keyed := web.FromAnySite("the long reference in the address identifies the caller")
	large := []web.RouteOption{web.MaxBody(maxBody), web.Deadline(uploadTime)}

	r.Handle("GET /form/{slug}", everybody, n.showForm)
	r.Handle("POST /form/{slug}", everybody, n.takeForm, large...)
	r.Handle("GET /form/{slug}/questions", everybody, n.showQuestions)
	r.Handle("GET /form/photo/{token}/{file}", web.Public("whoever has the token of a form sees its photos"), n.showWaiting)
	r.Handle("GET /track", everybody, n.showEnter)
	r.Handle("POST /track", everybody, n.enter, keyed)
	r.Handle("GET /track/{reference}", holder, n.showPage)
	r.Handle("POST /track/{reference}", holder, n.takeMessage, append(large, keyed)...)
	r.Handle("GET /track/{reference}/sent", holder, n.showSent)
	r.Handle("GET /track/{reference}/live", holder, n.watch, web.Live())
	r.Handle("GET /track/{reference}/media/{file}", holder, n.showMedia)
}

// slowly lets a body take its time where the server's own limit is shorter.
func slowly(w http.ResponseWriter, now time.Time) {
	// A server without deadlines needs none lifted.
	_ = http.NewResponseController(w).SetReadDeadline(now.Add(uploadTime))
}
