package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"time"

	"mercat.scot/mercat/app"
	"mercat.scot/mercat/desk"
	"mercat.scot/mercat/network/georeport"
	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/staff"
)

// programKey opens the way in by Open311, and makes a key for a day by which
// requests are sent in.
func programKey(ctx context.Context, a *app.App) (token string, codes []string, err error) {
	rooms := a.Rooms()
	roster, err := rooms.Staff.Roster(ctx)
	if err != nil {
		return "", nil, err
	}
	admin, ok := roster.ByEmail(adminEmail)
	if !ok {
		return "", nil, errors.New("there is no administrator")
	}
	snapshot, err := rooms.Directory.Snapshot(ctx)
	if err != nil {
		return "", nil, err
	}
	for _, one := range snapshot.Services() {
		if one.Active && one.Public && len(one.Attributes) == 0 {
			codes = append(codes, one.Code)
		}
	}
	if len(codes) == 0 {
		return "", nil, errors.New("there is no service that asks nothing")
	}
	accounts, err := rooms.Desk.Accounts(ctx)
	if err != nil {
		return "", nil, err
	}
	if !slices.ContainsFunc(accounts, func(a desk.Account) bool { return a.Network == georeport.Kind }) {
		if _, err := rooms.Desk.Connect(ctx, operator(), desk.NewAccount{Network: georeport.Kind, Name: "Open311"}); err != nil {
			return "", nil, err
		}
	}
	_, token, err = rooms.Staff.AddKey(ctx, admin, staff.Key{Name: "Benchmark", Scopes: []staff.Scope{staff.WriteOpen311}, PerMinute: 60_000, ExpiresAt: a.DB().Now().Add(24 * time.Hour)})
	return token, codes, err
}

// posting sends service requests in by Open311, one after another, beside commits
// of a single row.
func (r *Result) posting(ctx context.Context, b *browser, c app.Config, token string, codes []string) (err error) {
	d, err := db.Open(ctx, db.Options{DSN: c.DSN(), Now: b.o.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, d.Close()) }()
	plain := commits{d: d}
	if err := plain.begin(ctx); err != nil {
		return err
	}
	say, random := newSpeaker(15), rand.New(rand.NewPCG(15, 15))
	post := func() error {
		lat, lon := spot(random)
		return b.send(ctx, "/open311/v2/requests.json", url.Values{"api_key": {token}, "service_code": {codes[random.IntN(len(codes))]},
			"lat": {fmt.Sprintf("%.5f", lat)}, "long": {fmt.Sprintf("%.5f", lon)}, "description": {say.complaint()}, "address_string": {say.place()},
			"first_name": {"Ailsa"}, "last_name": {"Rennie"}, "email": {"ailsa@benchmark.example"}}, http.StatusOK)
	}
	return errors.Join(r.beside(ctx, b.o, &plain, "post", aimOfCommits, post), plain.end(ctx))
}
