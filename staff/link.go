package staff

import "time"

// Purpose is what a link to choose a password is for.
type Purpose string

const (
	Invitation Purpose = "invitation" // somebody new
	Reset      Purpose = "reset"      // somebody who cannot sign in
)

// linkFor is how long a link can be used.
const linkFor = 24 * time.Hour

// Link lets whoever has it choose an officer's password, once. It is shown to
// the administrator who asked for it and can not be shown again.
type Link struct {
	OfficerID int64
	Purpose   Purpose
	Token     string
	ExpiresAt time.Time
}

// Path is where on this site the link leads.
func (l Link) Path() string { return "/password/" + l.Token }
