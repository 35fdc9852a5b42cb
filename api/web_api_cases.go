package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"mercat.scot/mercat/casework"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/staff"
)

// Spot is where something is.
type Spot struct {
	Label string   `json:"label,omitempty" maxLength:"200" doc:"In words: street, settlement."`
	Lat   *float64 `json:"lat,omitempty" minimum:"-90" maximum:"90" doc:"WGS 84 degrees."`
	Lon   *float64 `json:"lon,omitempty" minimum:"-180" maximum:"180"`
}

func spotOf(label string, lat, lon float64) *Spot {
	if label == "" && lat == 0 && lon == 0 {
		return nil
	}
	s := &Spot{Label: label}
	if lat != 0 || lon != 0 {
		s.Lat, s.Lon = &lat, &lon
	}
	return s
}

// CaseView is a case as programs see it.
type CaseView struct {
	ID             string     `json:"id"`
	Reference      string     `json:"reference" doc:"For people: MC-7K3F-92QX."`
	Source         string     `json:"source" doc:"By which way it came: desk, open311, api, import."`
	State          string     `json:"state" doc:"received, needs_information, accepted, scheduled, in_progress, done, not_ours, duplicate or withdrawn."`
	Reason         string     `json:"reason,omitempty" doc:"Why it ended."`
	Whose          string     `json:"whose,omitempty" doc:"Whose it is, when it is not ours."`
	IntoID         string     `json:"into_id,omitempty" doc:"The case into which a duplicate is joined."`
	ServiceID      string     `json:"service_id,omitempty"`
	TeamID         string     `json:"team_id,omitempty"`
	AreaID         string     `json:"area_id,omitempty"`
	ConversationID string     `json:"conversation_id,omitempty"`
	PersonID       string     `json:"person_id,omitempty"`
	Words          string     `json:"words"`
	Place          *Spot      `json:"place,omitempty"`
	Asset          string     `json:"asset,omitempty" doc:"Number of the lamp, bin or gully."`
	DueAt          *time.Time `json:"due_at,omitempty"`
	ScheduledAt    *time.Time `json:"scheduled_at,omitempty" doc:"When somebody comes."`
	HalfBy         *time.Time `json:"half_by,omitempty" doc:"By when half of such cases are done, as it was when this one was opened."`
	MostBy         *time.Time `json:"most_by,omitempty" doc:"By when nine in ten are."`
	MeToo          int64      `json:"me_too" doc:"How many others it is for."`
	Reopened       int64      `json:"reopened" doc:"How often it was taken up again."`
	CreatedAt      time.Time  `json:"created_at"`
	ChangedAt      time.Time  `json:"changed_at"`
	EndedAt        *time.Time `json:"ended_at,omitempty"`
	Version        int64      `json:"version" doc:"Grows with each change; the ETag has it too."`
}

func viewCase(c casework.Case) CaseView {
	return CaseView{ID: number(c.ID), Reference: c.Reference, Source: string(c.Source), State: string(c.State), Reason: string(c.Reason), Whose: c.Whose, IntoID: number(c.IntoID),
		ServiceID: number(c.ServiceID), TeamID: number(c.TeamID), AreaID: number(c.AreaID), ConversationID: number(c.ConversationID), PersonID: number(c.PersonID),
		Words: c.Words, Place: spotOf(c.Place, c.Lat, c.Lon), Asset: c.Asset, DueAt: when(c.DueAt), ScheduledAt: when(c.ScheduledAt), HalfBy: when(c.HalfAt), MostBy: when(c.MostAt),
		MeToo: c.MeToo, Reopened: c.Reopened, CreatedAt: c.CreatedAt.UTC(), ChangedAt: c.ChangedAt.UTC(), EndedAt: when(c.EndedAt), Version: c.Version}
}

// StepView is what became of a case.
type StepView struct {
	ID     string     `json:"id"`
	At     time.Time  `json:"at"`
	Before string     `json:"state_before,omitempty"`
	State  string     `json:"state"`
	Reason string     `json:"reason,omitempty"`
	By     string     `json:"by" doc:"officer, program or citizen."`
	Said   string     `json:"said,omitempty" doc:"What the citizen was told."`
	Undone *time.Time `json:"undone_at,omitempty"`
}

// PhotoView is a picture of a case.
type PhotoView struct {
	Number int    `json:"number"`
	Shows  string `json:"shows" doc:"report, before or after."`
	Path   string `json:"path" doc:"Where it is, on this server."`
}

// WholeCase is a case with what became of it.
type WholeCase struct {
	CaseView
	Steps  []StepView  `json:"steps" nullable:"false"`
	Photos []PhotoView `json:"photos" nullable:"false"`
}

// CaseList is a page of cases.
type CaseList struct {
	Items []CaseView `json:"items" nullable:"false"`
	Next  string     `json:"next,omitempty" doc:"Cursor of the next page; absent on the last one."`
}

type caseOutput struct {
	ETag     string `header:"ETag"`
	Location string `header:"Location"`
	Replayed string `header:"Idempotency-Replayed" doc:"true when this is the answer to an earlier request."`
	Body     CaseView
}

type listCases struct {
	Paging
	State     string `query:"state" enum:"received,needs_information,accepted,scheduled,in_progress,done,not_ours,duplicate,withdrawn"`
	Open      bool   `query:"open" doc:"Only cases that have not ended."`
	ServiceID string `query:"service_id" maxLength:"20"`
	TeamID    string `query:"team_id" maxLength:"20"`
	AreaID    string `query:"area_id" maxLength:"20"`
	Words     string `query:"q" maxLength:"200" doc:"Words that the case has."`
}

type getCase struct {
	ID          string `path:"id" maxLength:"40" doc:"Id or reference."`
	IfNoneMatch string `header:"If-None-Match" maxLength:"200"`
}

type wholeOutput struct {
	ETag string `header:"ETag"`
	Body WholeCase
}

// NewCase is what a program reports.
type NewCase struct {
	Words     string `json:"words" minLength:"1" maxLength:"5000" doc:"What is to be done."`
	ServiceID string `json:"service_id,omitempty" maxLength:"20"`
	TeamID    string `json:"team_id,omitempty" maxLength:"20" doc:"The service's own team when it is left out."`
	Place     *Spot  `json:"place,omitempty"`
	Asset     string `json:"asset,omitempty" maxLength:"60"`
	Language  string `json:"language,omitempty" maxLength:"35" doc:"Of whoever reports it, BCP 47."`
}

type postCase struct {
	Once
	RawBody []byte
	Body    NewCase
}

// NewState is what a program decides about a case.
type NewState struct {
	State  string     `json:"state" enum:"received,needs_information,accepted,scheduled,in_progress,done,not_ours,duplicate,withdrawn"`
	Reason string     `json:"reason,omitempty" maxLength:"40" doc:"Why it ended; done and withdrawn need one."`
	Whose  string     `json:"whose,omitempty" maxLength:"120" doc:"not_ours needs it."`
	IntoID string     `json:"into_id,omitempty" maxLength:"20" doc:"duplicate needs it."`
	At     *time.Time `json:"at,omitempty" doc:"scheduled needs it: when somebody comes."`
	Say    string     `json:"say,omitempty" maxLength:"2000" doc:"What the citizen is told, in your words. Nothing when it is left out."`
}

type postMove struct {
	Once
	ID      string `path:"id" maxLength:"40"`
	IfMatch string `header:"If-Match" maxLength:"200" doc:"The ETag of the case as you know it. Without it you would write over what others did, so it is asked for (428)."`
	RawBody []byte
	Body    NewState
}

// NewNote is a note among those who work here.
type NewNote struct {
	Body string `json:"body" minLength:"1" maxLength:"20000"`
}

type postNote struct {
	Once
	ID      string `path:"id" maxLength:"40"`
	RawBody []byte
	Body    NewNote
}

// NoteView is a note that was kept.
type NoteView struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

type noteOutput struct {
	Replayed string `header:"Idempotency-Replayed"`
	Body     NoteView
}

func (s *Service) caseOperations(api huma.API) {
	register(s, api, operation("list-cases", http.MethodGet, "/cases", "List cases", "The last changed first; with words, the newest first.", staff.ReadCases, http.StatusUnprocessableEntity), s.apiListCases)
	register(s, api, operation("get-case", http.MethodGet, "/cases/{id}", "Get a case", "With what became of it and which photos it has.", staff.ReadCases, http.StatusNotFound), s.apiGetCase)
	create := operation("create-case", http.MethodPost, "/cases", "Make a case", "The citizen is not told: there is no conversation to do it in.", staff.WriteCases)
	create.DefaultStatus = http.StatusCreated
	register(s, api, create, s.apiCreateCase)
	move := operation("move-case", http.MethodPost, "/cases/{id}/moves", "Bring a case into another state", "Which moves are allowed, and what each needs, is as in the browser.", staff.WriteCases,
		http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	register(s, api, move, s.apiMoveCase)
	note := operation("note-case", http.MethodPost, "/cases/{id}/notes", "Write a note", "It stands in the case's conversation, for those who work here only.", staff.WriteCases, http.StatusNotFound, http.StatusConflict)
	note.DefaultStatus = http.StatusCreated
	register(s, api, note, s.apiNoteCase)
}

func (s *Service) apiListCases(ctx context.Context, in *listCases) (*struct{ Body CaseList }, error) {
	q := casework.Query{State: casework.State(in.State), Open: in.Open, Words: in.Words, Limit: in.Limit}
	var err error
	if q.Before.At, q.Before.ID, err = in.place(); err != nil {
		return nil, err
	}
	if q.ServiceID, err = readID(in.ServiceID, "a service"); err != nil {
		return nil, err
	}
	if q.TeamID, err = readID(in.TeamID, "a team"); err != nil {
		return nil, err
	}
	if q.AreaID, err = readID(in.AreaID, "an area"); err != nil {
		return nil, err
	}
	list, next, err := s.Casework.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &struct{ Body CaseList }{CaseList{Items: make([]CaseView, 0, len(list)), Next: cursor(next.At, next.ID)}}
	for _, c := range list {
		out.Body.Items = append(out.Body.Items, viewCase(c))
	}
	return out, nil
}

// caseID finds the case that a path names by id or reference.
func (s *Service) caseID(ctx context.Context, named string) (int64, error) {
	if id, err := strconv.ParseInt(named, 10, 64); err == nil {
		return id, nil
	}
	id, found, err := s.Casework.ByReference(ctx, named)
	if err == nil && !found {
		err = fault.New(fault.NotFound, "There is no case with this id or reference.")
	}
	return id, err
}

func (s *Service) apiGetCase(ctx context.Context, in *getCase) (*wholeOutput, error) {
	id, err := s.caseID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	whole, err := s.Casework.Whole(ctx, id)
	if err != nil {
		return nil, err
	}
	if in.IfNoneMatch != "" && fits(in.IfNoneMatch, whole.Version) {
		return nil, huma.ErrorWithHeaders(huma.Status304NotModified(), http.Header{"ETag": {etag(whole.Version)}})
	}
	out := &wholeOutput{ETag: etag(whole.Version), Body: WholeCase{CaseView: viewCase(whole.Case), Steps: []StepView{}, Photos: photosOf(whole)}}
	for _, st := range whole.Steps {
		out.Body.Steps = append(out.Body.Steps, StepView{ID: number(st.ID), At: st.At.UTC(), Before: string(st.Before), State: string(st.State), Reason: string(st.Reason),
			By: string(st.By), Said: st.Said, Undone: when(st.UndoneAt)})
	}
	return out, nil
}

func casePath(id int64) string { return apiPath + "/cases/" + number(id) }

func (s *Service) apiCreateCase(ctx context.Context, in *postCase) (*caseOutput, error) {
	k := caller(ctx)
	r := casework.Report{Key: requestKey(k, in.IdempotencyKey), Source: casework.FromAPI, Words: in.Body.Words, Asset: in.Body.Asset, Language: in.Body.Language}
	var err error
	if r.ServiceID, err = readID(in.Body.ServiceID, "a service"); err != nil {
		return nil, err
	}
	if r.TeamID, err = readID(in.Body.TeamID, "a team"); err != nil {
		return nil, err
	}
	if p := in.Body.Place; p != nil {
		if (p.Lat == nil) != (p.Lon == nil) {
			return nil, huma.Error422UnprocessableEntity("A position has both lat and lon, or neither.")
		}
		if r.Place = p.Label; p.Lat != nil {
			r.Lat, r.Lon = *p.Lat, *p.Lon
		}
	}
	view, version, replayed, err := once(ctx, s, k, in.IdempotencyKey, requestHash("create-case", string(in.RawBody)), func(ctx context.Context, tx *db.Tx) (CaseView, int64, error) {
		c, _, err := s.Casework.ReportTx(ctx, tx, k.Actor(), r)
		return viewCase(c), c.Version, err
	})
	if err != nil {
		return nil, err
	}
	return &caseOutput{ETag: etag(version), Location: apiPath + "/cases/" + view.ID, Replayed: yes(replayed), Body: view}, nil
}

// yes is a header that stands only when something is so.
func yes(so bool) string {
	if so {
		return "true"
	}
	return ""
}

func (s *Service) apiMoveCase(ctx context.Context, in *postMove) (*caseOutput, error) {
	if in.IfMatch == "" {
		return nil, huma.NewError(http.StatusPreconditionRequired, "Send If-Match with the ETag of the case as you know it, so that you do not write over what others did.")
	}
	id, err := s.caseID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	m := casework.Moving{To: casework.State(in.Body.State), Reason: casework.Reason(in.Body.Reason), Whose: in.Body.Whose, Say: in.Body.Say}
	if m.IntoID, err = readID(in.Body.IntoID, "a case"); err != nil {
		return nil, err
	}
	if in.Body.At != nil {
		m.At = *in.Body.At
	}
	k := caller(ctx)
	hash := requestHash("move-case", number(id), in.IfMatch, string(in.RawBody))
	view, version, replayed, err := once(ctx, s, k, in.IdempotencyKey, hash, func(ctx context.Context, tx *db.Tx) (CaseView, int64, error) {
		c, err := s.Casework.CaseTx(ctx, tx, id)
		if err != nil {
			return CaseView{}, 0, err
		}
		if !fits(in.IfMatch, c.Version) {
			return CaseView{}, 0, huma.NewError(http.StatusPreconditionFailed, "The case has been changed since you read it. Read it again, then decide again.")
		}
		_, err = s.Casework.MoveTx(ctx, tx, k.Actor(), &c, m)
		return viewCase(c), c.Version, err
	})
	if err != nil {
		return nil, err
	}
	return &caseOutput{ETag: etag(version), Replayed: yes(replayed), Body: view}, nil
}

func (s *Service) apiNoteCase(ctx context.Context, in *postNote) (*noteOutput, error) {
	id, err := s.caseID(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	k := caller(ctx)
	hash := requestHash("note-case", number(id), string(in.RawBody))
	view, _, replayed, err := once(ctx, s, k, in.IdempotencyKey, hash, func(ctx context.Context, tx *db.Tx) (NoteView, int64, error) {
		c, err := s.Casework.CaseTx(ctx, tx, id)
		if err != nil {
			return NoteView{}, 0, err
		}
		if c.ConversationID == 0 {
			return NoteView{}, 0, fault.New(fault.Conflict, "This case came in without a conversation, so there is nowhere for a note to stand.")
		}
		m, err := s.Desk.NoteTx(ctx, tx, k.Officer(), c.ConversationID, in.Body.Body)
		return NoteView{ID: number(m.ID), At: m.At.UTC()}, 0, err
	})
	if err != nil {
		return nil, err
	}
	return &noteOutput{Replayed: yes(replayed), Body: view}, nil
}

// photoRoute serves the pictures of a case. It stands beside huma, which would
// hold each in memory.
func (s *Service) photoRoute(r *web.Router, api huma.API) {
	op := operation("get-case-photo", http.MethodGet, "/cases/{id}/photos/{number}", "Get a photo", "As we made it safe: no position and no camera in it.", staff.ReadCases, http.StatusNotFound)
	for _, name := range []string{"id", "number"} {
		op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: "path", Required: true, Schema: &huma.Schema{Type: "string"}})
	}
	problem := map[string]*huma.MediaType{web.ProblemType: {Schema: &huma.Schema{Ref: "#/components/schemas/ErrorModel"}}}
	op.Responses = map[string]*huma.Response{
		"200":     {Description: "The picture", Content: map[string]*huma.MediaType{"image/*": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}},
		"default": {Description: "Problem", Content: problem},
	}
	api.OpenAPI().AddOperation(&op)
	r.Handle(op.Method+" "+op.Path, web.Keyed(string(staff.ReadCases)), func(w http.ResponseWriter, r *http.Request) error {
		id, err := s.caseID(r.Context(), r.PathValue("id"))
		if err != nil {
			return err
		}
		whole, err := s.Casework.Whole(r.Context(), id)
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(r.PathValue("number"))
		if err != nil || n < 1 || n > len(whole.Photos) {
			return fault.New(fault.NotFound, "This case has no such photo.")
		}
		return s.Desk.ShowPicture(w, r, whole.Photos[n-1].MediaID, false)
	})
}
