package staff_test

import (
	"context"
	"encoding/json"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/db"
	"mercat.scot/mercat/platform/fault"
	"mercat.scot/mercat/platform/web"
	"mercat.scot/mercat/record"
	"mercat.scot/mercat/staff"
)

func (h *house) key(t *testing.T, k staff.Key) (staff.Key, string) {
	t.Helper()
	k, token, err := h.AddKey(t.Context(), h.admin, k)
	if err != nil {
		t.Fatal(err)
	}
	return k, token
}

func TestAKeyIsGoodUntilItIsRevokedOrItsDayHasPassed(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, lasting := h.key(t, staff.Key{Name: "Lagan CRM", Scopes: []staff.Scope{staff.WriteCases, staff.ReadCases, staff.ReadCases}})
		short, ending := h.key(t, staff.Key{Name: "Trial", Scopes: []staff.Scope{staff.ReadCases}, ExpiresAt: h.clock.Now().Add(time.Hour)})
		k, err := h.Authenticate(t.Context(), lasting)
		if err != nil || k.Name != "Lagan CRM" || !k.May(staff.ReadCases) || k.May(staff.ReadPeople) || len(k.Scopes) != 2 || !strings.HasPrefix(lasting, k.Prefix+"_") {
			t.Fatalf("%+v, %v", k, err)
		}
		if _, err := h.Authenticate(t.Context(), ending); err != nil {
			t.Fatal(err)
		}
		h.clock.Advance(2 * time.Hour)
		for name, token := range map[string]string{"past its day": ending, "none": "", "mistyped": lasting[:len(lasting)-1] + "_", "only the prefix": k.Prefix, "a lie": "mk_aaaaaaaa_" + strings.Repeat("a", 43)} {
			_, err := h.Authenticate(t.Context(), token)
			if !fault.Is(err, fault.SignIn) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := h.RevokeKey(t.Context(), h.admin, k.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Authenticate(t.Context(), lasting); !fault.Is(err, fault.SignIn) {
			t.Errorf("revoked: %v", err)
		}
		if _, err := h.RevokeKey(t.Context(), h.admin, 5); !fault.Is(err, fault.NotFound) {
			t.Errorf("revoke none: %v", err)
		}
		keys, err := h.Keys(t.Context())
		if err != nil || len(keys) != 2 || keys[0].ID != short.ID || keys[0].Good(h.clock.Now()) || keys[1].RevokedAt.IsZero() {
			t.Errorf("%+v, %v", keys, err)
		}
	})
}

func TestAKeyIsOnTheRecordAndItsTokenIsNowhere(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, token := h.key(t, staff.Key{Name: "Lagan CRM", Scopes: []staff.Scope{staff.ReadCases}})
		if _, err := h.RevokeKey(t.Context(), h.admin, k.ID); err != nil {
			t.Fatal(err)
		}
		var acts []string
		err := h.db.Read(t.Context(), func(ctx context.Context, tx *db.Tx) error {
			list, err := record.About(ctx, tx, k.Subject(), 0, 10)
			for _, e := range list {
				acts = append(acts, e.Act)
				if text, _ := json.Marshal(e); strings.Contains(string(text), token[12:]) {
					t.Error("the token is in the record")
				}
			}
			if err != nil {
				return err
			}
			tables, err := tx.Tables(ctx, func(string) bool { return false })
			for _, table := range tables {
				for line, err := range table.Rows(ctx, tx) {
					if err != nil || strings.Contains(string(line), token[12:]) {
						t.Errorf("%s: the token is kept, or %v", table.Name, err)
					}
				}
			}
			return err
		})
		if err != nil || strings.Join(acts, " ") != "staff.key.revoked staff.key.added" {
			t.Errorf("%v, %v", acts, err)
		}
		if a := k.Officer().Actor(); a.Kind != record.Program || a.ID != k.ID || a.Name != "Lagan CRM" {
			t.Errorf("acts as %+v", a)
		}
	})
}

func TestTheLastUseOfAKeyIsKeptToWithinAnHour(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		k, token := h.key(t, staff.Key{Name: "Map", Scopes: []staff.Scope{staff.ReadCases}})
		used := func() time.Time {
			k, err := h.Key(t.Context(), k.ID)
			if err != nil {
				t.Fatal(err)
			}
			return k.UsedAt
		}
		use := func() {
			if _, err := h.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		use()
		first := used()
		h.clock.Advance(50 * time.Minute)
		use()
		if first.IsZero() || !used().Equal(first) {
			t.Errorf("first %v, then %v", first, used())
		}
		h.clock.Advance(20 * time.Minute)
		use()
		if !used().After(first) {
			t.Errorf("still %v", used())
		}
	})
}

func TestAKeyThatIsTooFastWaits(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, token := h.key(t, staff.Key{Name: "Map", Scopes: []staff.Scope{staff.ReadCases}, PerMinute: 30})
		_, other := h.key(t, staff.Key{Name: "CRM", Scopes: []staff.Scope{staff.ReadCases}, PerMinute: 30})
		for range 30 {
			if _, err := h.Authenticate(t.Context(), token); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := h.Authenticate(t.Context(), token); !fault.Is(err, fault.TooMany) {
			t.Errorf("the 31st: %v", err)
		}
		if _, err := h.Authenticate(t.Context(), other); err != nil {
			t.Errorf("another key: %v", err)
		}
		h.clock.Advance(2 * time.Second)
		if _, err := h.Authenticate(t.Context(), token); err != nil {
			t.Errorf("after 2 s: %v", err)
		}
	})
}

func TestWhatIsWrongWithAKeyIsSaidAtOnce(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		_, _, err := h.AddKey(t.Context(), h.admin, staff.Key{Name: " ", Scopes: []staff.Scope{"cases:delete"}, PerMinute: -1, ExpiresAt: h.clock.Now()})
		var fields []string
		if f, ok := err.(fault.Fields); ok {
			for _, one := range f {
				fields = append(fields, one.Field)
			}
		}
		if strings.Join(fields, " ") != "name scopes per_minute expires" {
			t.Errorf("%v", err)
		}
	})
}

func TestAKeyIsMadeInTheBrowserAndShownOnce(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.router.Handle("GET /programs", web.Keyed("cases:read"), func(w http.ResponseWriter, r *http.Request) error {
			k, _ := staff.KeyOf(r.Context())
			_, err := w.Write([]byte("hello " + k.Name))
			return err
		})
		b := s.as(t, adminEmail, adminWords)
		if a := b.get(t, "/settings/keys"); a.status != 200 || !strings.Contains(a.text(), "No program comes in yet") {
			t.Fatalf("%d %s", a.status, a.text())
		}
		if a := b.post(t, "/settings/keys/new", "name", "Lagan", "per_minute", "600", "expires-day", "31", "expires-month", "2", "expires-year", "2027"); a.status != 422 || !strings.Contains(a.text(), "Enter a day") {
			t.Fatalf("%d %s", a.status, a.text())
		}
		if a := b.post(t, "/settings/keys/new", "name", "Lagan", "per_minute", "600"); a.status != 422 || !strings.Contains(a.text(), "Choose what the key may do") {
			t.Fatalf("%d %s", a.status, a.text())
		}
		made := b.post(t, "/settings/keys/new", "name", "Lagan", "scopes", "cases:read", "per_minute", "600")
		token := regexp.MustCompile(`mk_[a-z0-9]{8}_[\w-]{43}`).FindString(made.body)
		if made.status != 200 || token == "" || made.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", made.status, made.text())
		}
		list := b.get(t, "/settings/keys")
		if strings.Contains(list.body, token) || !strings.Contains(list.body, token[:11]) {
			t.Error("the list shows the wrong part of the key")
		}
		b.header.Set("Authorization", "Bearer "+token)
		if a := b.get(t, "/programs"); a.status != 200 || a.body != "hello Lagan" {
			t.Errorf("with the key: %d %s", a.status, a.body)
		}
		b.header.Del("Authorization")
		if a := b.get(t, "/programs"); a.status != 401 || a.header.Get("Content-Type") != web.ProblemType || a.header.Get("WWW-Authenticate") != "Bearer" {
			t.Errorf("signed in, without a key: %d %v", a.status, a.header)
		}
		id := regexp.MustCompile(`/settings/keys/(\d+)/revoke`).FindStringSubmatch(list.body)
		if a := b.post(t, id[0]); a.status != 303 {
			t.Fatalf("revoke: %d", a.status)
		}
		b.header.Set("Authorization", "Bearer "+token)
		if a := b.get(t, "/programs"); a.status != 401 || !strings.Contains(a.body, `"status":401`) {
			t.Errorf("revoked: %d %s", a.status, a.body)
		}
	})
}

func TestAKeyWithoutTheScopeIsRefused(t *testing.T) {
	eachSite(t, func(t *testing.T, s *site) {
		s.router.Handle("POST /programs", web.Keyed("cases:write"), func(w http.ResponseWriter, r *http.Request) error { return nil })
		_, token := s.key(t, staff.Key{Name: "Map", Scopes: []staff.Scope{staff.ReadCases}, PerMinute: 2})
		b := s.browser(t)
		b.header.Set("Authorization", "bearer "+token)
		b.header.Set("Origin", "https://elsewhere.example")
		for range 2 {
			if a := b.post(t, "/programs"); a.status != 403 || !strings.Contains(a.body, "cases:write") {
				t.Errorf("%d %s", a.status, a.body)
			}
		}
		if a := b.post(t, "/programs"); a.status != 429 || a.header.Get("Retry-After") == "" {
			t.Errorf("%d %v", a.status, a.header)
		}
	})
}
