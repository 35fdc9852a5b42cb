package desk

import (
	"context"
	"slices"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/text"
)

// Notification tells an officer that something wants their eyes.
type Notification struct {
	ID             int64
	ConversationID int64
	MessageID      int64
	Kind           string // mention, assigned, handed, failed, waiting, woken, program
	Body           string
	At             time.Time
	ReadAt         time.Time
}

// Kinds of notifications.
const (
	noticeMention  = "mention"
	noticeAssigned = "assigned"
	noticeHanded   = "handed"
	noticeFailed   = "failed"
	noticeWaiting  = "waiting"
	noticeWoken    = "woken"
	noticeProgram  = "program" // about no conversation
)

// notice is a notification before it has somebody to go to.
type notice struct {
	kind         string
	conversation int64
	message      int64
	body         string
}

// maxNotice bounds the words of a notification, in runes.
const maxNotice = 500

// notifyTx tells officers, each once, and never of what they did themselves
// (by; 0 when the program did it).
func (s *Service) notifyTx(ctx context.Context, tx *db.Tx, n notice, by int64, officers ...int64) error {
	officers = slices.DeleteFunc(slices.Clone(officers), func(o int64) bool { return o == 0 || o == by })
	slices.Sort(officers)
	officers = slices.Compact(officers)
	if len(officers) == 0 {
		return nil
	}
	n.body = cleanSentence(n.body)
	if err := insertNotifications(ctx, tx, n, officers); err != nil {
		return err
	}
	topics := make([]string, 0, len(officers))
	for _, o := range officers {
		topics = append(topics, TopicOfficer(o))
	}
	return s.Hub.Announce(ctx, tx, topics...)
}

// cleanSentence makes a sentence from outside fit to be shown.
func cleanSentence(sentence string) string {
	out, _ := text.CleanLine(sentence, maxNotice)
	return out
}

// maxNotifications bounds one page of them.
const maxNotifications = 200

// Notifications returns an officer's, newest first, below before (0 for the
// newest).
func (s *Service) Notifications(ctx context.Context, officer, before int64, limit int) ([]Notification, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	var list []Notification
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		list, err = readNotifications(ctx, tx, officer, before, min(max(1, limit), maxNotifications))
		return err
	})
	return list, err
}

// Unread counts an officer's unread notifications, 100 at most.
func (s *Service) Unread(ctx context.Context, officer int64) (int, error) {
	var n int
	err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = countUnread(ctx, tx, officer)
		return err
	})
	return n, err
}

// MarkRead marks notifications as read: one, or all when id is 0.
func (s *Service) MarkRead(ctx context.Context, officer, id int64) error {
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		n, err := markRead(ctx, tx, officer, id, tx.Now)
		if err != nil || n == 0 {
			return err
		}
		return s.Hub.Announce(ctx, tx, TopicOfficer(officer))
	})
}

// MarkSeen notes that an officer has seen a conversation up to a message; 0
// makes it unread again.
func (s *Service) MarkSeen(ctx context.Context, officer, conversation, message int64) error {
	if message != 0 {
		// Writers take turns; whoever looks at a page again need not wait for one.
		var seen int64
		err := s.DB.Read(ctx, func(ctx context.Context, tx *db.Tx) (err error) {
			seen, err = seenTx(ctx, tx, officer, conversation)
			return err
		})
		if err != nil || seen >= message {
			return err
		}
	}
	return s.DB.Write(ctx, func(ctx context.Context, tx *db.Tx) error {
		if message == 0 {
			return unseeTx(ctx, tx, officer, conversation)
		}
		return seeTx(ctx, tx, officer, conversation, message)
	})
}
