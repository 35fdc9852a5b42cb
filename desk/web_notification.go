package desk

import (
	"net/http"
	"strconv"

	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/platform/web/ui"
)

const notificationRows = 50

type notificationsView struct {
	list   []Notification
	unread int
	older  string // address of the next page, "" when there is none
}

func (s *Service) getNotifications(w http.ResponseWriter, r *http.Request) error {
	me := web.MustViewer(r.Context())
	before, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || before < 0 {
		before = 0
	}
	var v notificationsView
	if v.list, err = s.Notifications(r.Context(), me.ID, before, notificationRows+1); err != nil {
		return err
	}
	if len(v.list) > notificationRows {
		v.list = v.list[:notificationRows]
		v.older = "/notifications?before=" + id(v.list[notificationRows-1].ID)
	}
	if v.unread, err = s.Unread(r.Context(), me.ID); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, notificationsPage(v))
}

// getNotificationCount is the number at the bell.
func (s *Service) getNotificationCount(w http.ResponseWriter, r *http.Request) error {
	n, err := s.Unread(r.Context(), web.MustViewer(r.Context()).ID)
	if err != nil {
		return err
	}
	return web.Fragment(w, r, http.StatusOK, bellBadge(n))
}

// postNotificationsRead marks one as read, and goes where it leads, or all.
func (s *Service) postNotificationsRead(w http.ResponseWriter, r *http.Request) error {
	f, err := web.ReadForm(r)
	if err != nil {
		return err
	}
	one := f.OptionalID("id", "Say which notification.")
	if err := f.Err(); err != nil {
		return err
	}
	if err := s.MarkRead(r.Context(), web.MustViewer(r.Context()).ID, one); err != nil {
		return err
	}
	if to := f.OptionalID("conversation", "Say where to go."); to != 0 && f.Err() == nil {
		url := pathTo(to, "")
		if m := f.OptionalID("message", "Say where to go."); m != 0 && f.Err() == nil {
			url += "#" + messageID(m)
		}
		return web.Redirect(w, r, url)
	}
	return web.Redirect(w, r, "/notifications")
}

func (n Notification) icon() string {
	switch n.Kind {
	case "mention":
		return "note"
	case "assigned":
		return "person"
	case "handed":
		return "team"
	case "failed", "waiting", "program":
		return "warning"
	case "woken":
		return "clock"
	}
	return "bell"
}

func (n Notification) tag() ui.Tag {
	switch n.Kind {
	case "mention":
		return ui.Tag{Label: "You were mentioned"}
	case "assigned":
		return ui.Tag{Label: "Given to you"}
	case "handed":
		return ui.Tag{Label: "Handed to your team"}
	case "failed":
		return ui.Tag{Label: "Not sent", Tone: ui.Bad, Icon: "warning"}
	case "waiting":
		return ui.Tag{Label: "Still waiting", Tone: ui.Warn, Icon: "clock"}
	case "woken":
		return ui.Tag{Label: "Its time has come", Tone: ui.Wait, Icon: "clock"}
	case "program":
		return ui.Tag{Label: "About Mercat", Tone: ui.Warn, Icon: "warning"}
	}
	return ui.Tag{Label: "News"}
}
