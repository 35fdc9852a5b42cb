package casework

import (
	"context"
	"fmt"
	"math"
	"strings"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/text"
	"mercat.scot/mercat/record"
)

// Report is a service request that comes from another program, mostly without a
// conversation in which its citizen could be told.
type Report struct {
	Key       string // of the request, unique for its sender: sent twice, it makes one case
	Source    Source // FromOpen311 or FromAPI
	ServiceID int64  // 0 for none that is known
	TeamID    int64  // 0 is the service's, or the contact centre
	Words     string
	Place     string
	Asset     string
	Lat, Lon  float64 // WGS 84 degrees; 0, 0 when unknown
	PersonID  int64   // 0 for nobody known
	Who       string
	Language  string

	ConversationID int64   // in which its citizen is told; 0 for none
	Photos         []int64 // ids of the desk's media in it
}

// clean makes r fit to be kept, or says what is wrong.
func (r Report) clean() (Report, error) {
	var wrong fault.Fields
	if r.Words, _ = text.Clean(r.Words, maxWords); strings.TrimSpace(r.Words) == "" {
		wrong.Add("words", "Say in a few words what is to be done.")
	}
	r.Place, _ = text.CleanLine(r.Place, maxPlace)
	r.Asset, _ = text.CleanLine(r.Asset, maxAsset)
	r.Who, _ = text.CleanLine(r.Who, maxWhose)
	r.Language, _ = text.CleanLine(r.Language, 35) // the longest tag that BCP 47 recommends to allow for
	if math.IsNaN(r.Lat) || math.IsNaN(r.Lon) || math.Abs(r.Lat) > 90 || math.Abs(r.Lon) > 180 {
		wrong.Add("lat", "This is no position: latitude goes from -90 to 90, longitude from -180 to 180.")
	}
	if r.Key == "" || len(r.Key) > 2*maxKey {
		return r, fmt.Errorf("report: a key of %d bytes", len(r.Key))
	}
	return r, wrong.Err()
}

// ReportTx makes a case of a report. The same key again returns the case that
// there is, with again true, and changes nothing.
//
// Errors: fault.Fields (words, lat); fault.Invalid (service, team).
func (s *Service) ReportTx(ctx context.Context, tx *db.Tx, by record.Actor, r Report) (c Case, again bool, err error) {
	if r, err = r.clean(); err != nil {
		return Case{}, false, err
	}
	key := string(r.Source) + ":" + r.Key
	had, found, err := caseByKey(ctx, tx, key)
	if err != nil || found {
		return had, found, err
	}
	snapshot, err := s.Directory.SnapshotTx(ctx, tx)
	if err != nil {
		return Case{}, false, err
	}
	if service, ok := snapshot.Service(r.ServiceID); r.ServiceID != 0 && (!ok || !service.Active) {
		return Case{}, false, fault.Field("service", "There is no such service, or it is no longer given. Look in the list of services.")
	}
	roster, err := s.Staff.RosterTx(ctx, tx)
	if err != nil {
		return Case{}, false, err
	}
	if r.TeamID == 0 {
		r.TeamID = snapshot.OwnerOf(r.ServiceID)
	}
	if r.TeamID == 0 {
		centre, _ := roster.ContactCentre()
		r.TeamID = centre.ID
	}
	if _, ok := roster.Team(r.TeamID); !ok {
		return Case{}, false, fault.Field("team", "There is no such team.")
	}
	c = Case{ID: tx.NewID(), Source: r.Source, ConversationID: r.ConversationID, PersonID: r.PersonID, Who: r.Who, Language: r.Language, ServiceID: r.ServiceID,
		Words: r.Words, Place: r.Place, Asset: r.Asset, Lat: r.Lat, Lon: r.Lon, State: Received, TeamID: r.TeamID, CreatedAt: tx.Now, ChangedAt: tx.Now, Version: 1}
	if err := s.foreseeTx(ctx, tx, &c); err != nil {
		return Case{}, false, err
	}
	if err := addCase(ctx, tx, &c, key); err != nil {
		return Case{}, false, err
	}
	if err := insertPhotos(ctx, tx, c.ID, Reported, r.Photos[:min(len(r.Photos), maxPhotos)]); err != nil {
		return Case{}, false, err
	}
	if c.ConversationID != 0 {
		if err := s.Desk.SetCaseTx(ctx, tx, c.ConversationID, by, c.Reference); err != nil {
			return Case{}, false, err
		}
	}
	step, err := s.step(ctx, tx, by, c, Case{}, "")
	if err != nil {
		return Case{}, false, err
	}
	return c, false, s.noted(ctx, tx, Change{Act: "casework.case.opened", By: by, After: c, Step: step})
}

// TrackPath is the path of the case's private page: who has it may see the page.
func (c Case) TrackPath() string { return trackURL(c.Track) }
