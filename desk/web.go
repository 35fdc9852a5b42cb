package desk

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"mercat.scot/mercat/directory"
	"mercat.scot/mercat/network"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// Routes registers this room's pages.
func (s *Service) Routes(r *web.Router) {
	read, answer := staff.AnyRole(), staff.MayAnswer()
	r.Handle("GET /desk", read, s.getDesk)
	r.Handle("GET /desk/live", read, s.getLive, web.Live())
	r.Handle("GET /desk/{id}", read, s.getConversation)
	r.Handle("GET /desk/{id}/fresh", read, s.getFresh)
	r.Handle("GET /desk/{id}/presence", read, s.getPresence)
	r.Handle("GET /desk/{id}/messages", read, s.getMessages)
	r.Handle("GET /desk/{id}/around", read, s.getAround)
	r.Handle("GET /desk/{id}/transcript", read, s.getTranscript, web.Deadline(transcriptTime))
	r.Handle("POST /desk/{id}/unread", read, s.postUnread)

	r.Handle("GET /notifications", read, s.getNotifications)
	r.Handle("GET /notifications/count", read, s.getNotificationCount)
	r.Handle("POST /notifications/read", read, s.postNotificationsRead)
	r.Handle("GET /media/{id}/{size}", read, s.getMedia)

	r.Handle("POST /desk/{id}/assign", answer, s.postAssign)
	r.Handle("POST /desk/{id}/hand", answer, s.postHand)
	r.Handle("POST /desk/{id}/snooze", answer, s.postSnooze)
	r.Handle("POST /desk/{id}/close", answer, s.postClose)
	r.Handle("POST /desk/{id}/reopen", answer, s.postReopen)
	r.Handle("POST /desk/{id}/service", answer, s.postService)
	r.Handle("POST /desk/{id}/urgency", answer, s.postUrgency)
	r.Handle("POST /desk/{id}/undo", answer, s.postUndo)
	r.Handle("GET /desk/{id}/people", answer, s.getPeople)
	r.Handle("POST /desk/{id}/join", answer, s.postJoin)
	r.Handle("POST /desk/{id}/unjoin", answer, s.postUnjoin)

	r.Handle("POST /desk/{id}/reply", answer, s.postReply)
	r.Handle("POST /desk/{id}/draft", answer, s.postDraft)
	r.Handle("POST /desk/{id}/preview", answer, s.postPreview)
	r.Handle("POST /desk/{id}/honest", answer, s.postHonest)
	r.Handle("POST /desk/{id}/attach", answer, s.postAttach, web.MaxBody(maxUpload))
	r.Handle("POST /desk/{id}/describe", answer, s.postDescribe)
	r.Handle("POST /desk/{id}/detach", answer, s.postDetach)
	r.Handle("POST /desk/{id}/stop", answer, s.postStop)
	r.Handle("POST /desk/{id}/retry", answer, s.postRetry)
	r.Handle("POST /desk/{id}/take-back", answer, s.postTakeBack)
	r.Handle("GET /desk/mentions", answer, s.getMentions)

	s.routesSettings(r)
}

// pathID is the id in the address; what cannot be one does not exist.
func pathID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil || id <= 0 {
		return 0, errNoConversation
	}
	return id, nil
}

// officer is who asks, as the use cases want them.
func (s *Service) officer(ctx context.Context) (staff.Officer, error) {
	roster, err := s.Staff.Roster(ctx)
	if err != nil {
		return staff.Officer{}, err
	}
	o, ok := roster.Officer(web.MustViewer(ctx).ID)
	if !ok {
		return staff.Officer{}, fault.New(fault.SignIn, "Sign in first.")
	}
	return o, nil
}

// names is what ids are called, for one request.
type names struct {
	me       web.Viewer
	now      time.Time
	zone     *time.Location
	roster   *staff.Roster
	dir      *directory.Snapshot
	accounts map[int64]Account
	list     []Account
	networks map[network.Kind]network.Description
}

func (s *Service) names(ctx context.Context) (n names, err error) {
	n.me, n.now, n.zone = web.MustViewer(ctx), web.Now(ctx), web.Location(ctx)
	if n.roster, err = s.Staff.Roster(ctx); err != nil {
		return n, err
	}
	if n.dir, err = s.Directory.Snapshot(ctx); err != nil {
		return n, err
	}
	if n.list, err = s.Accounts(ctx); err != nil {
		return n, err
	}
	n.accounts = make(map[int64]Account, len(n.list))
	for _, a := range n.list {
		n.accounts[a.ID] = a
	}
	n.networks = make(map[network.Kind]network.Description, len(s.networks))
	for kind, net := range s.networks {
		n.networks[kind] = net.Describe()
	}
	return n, nil
}

func (n names) mayAnswer() bool { return staff.MayAnswer().Admits(&n.me) }

func (n names) team(id int64) string {
	t, _ := n.roster.Team(id)
	return t.Name
}

// officerName is how an officer is called in a sentence to the one who reads.
func (n names) officerName(id int64) string {
	if id == n.me.ID {
		return "you"
	}
	if name := n.roster.Name(id); name != "" {
		return name
	}
	return "somebody"
}

func (n names) network(kind network.Kind) string {
	if d, ok := n.networks[kind]; ok && d.Name != "" {
		return d.Name
	}
	return string(kind)
}

// networkIcon is the sign of a network in lists.
func networkIcon(kind network.Kind) string {
	switch kind {
	case "email":
		return "mail"
	case "webform":
		return "edit"
	case "practice":
		return "chat"
	case "phone":
		return "phone"
	default:
		return "globe"
	}
}

// isPublic reports whether anybody can read it.
func isPublic(v network.Visibility) bool { return v == network.Public || v == network.Unlisted }

// seenBy says in a few words who can read a message.
func seenBy(v network.Visibility) string {
	switch v {
	case network.Public:
		return "public"
	case network.Unlisted:
		return "public, not in lists"
	case network.Followers:
		return "followers only"
	default:
		return "private"
	}
}
