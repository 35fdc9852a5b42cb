package app

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"mercat.scot/mercat/platform/fault"
)

func TestAFreshMercatIsSetUpAndSignedInTo(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.browser(t)
		for _, path := range []string{"/", "/desk", "/sign-in", "/settings", "/form/contact"} {
			b.get(path).leads(t, "/set-up")
		}
		b.get("/healthz").want(t, http.StatusOK, "alive")
		b.get("/set-up").want(t, http.StatusOK, "Council", "Your name", "Email address", "Password")

		b.post("/set-up", "council", "", "name", "", "email", "x", "password", "short", "start", "nothing").
			want(t, http.StatusUnprocessableEntity, "Enter the name of your council", "Choose how to begin")
		b.post("/set-up", "council", "Strathcarron Council", "name", "Mairi Galbraith", "email", adminEmail,
			"password", "short", "start", "empty").want(t, http.StatusUnprocessableEntity)
		b.post("/set-up", "council", "Strathcarron Council", "name", "Mairi Galbraith", "email", adminEmail,
			"password", adminPassword, "start", "empty").leads(t, home)

		b.get("/settings").want(t, http.StatusOK, "Mairi Galbraith", "Strathcarron Council", "/settings/people")
		b.get("/record").want(t, http.StatusOK, "account connected")
		b.get("/set-up").leads(t, home)
		b.post("/set-up", "council", "Another", "name", "Another", "email", "a@b.example", "password", adminPassword, "start", "empty").
			want(t, http.StatusGone)

		stranger := r.browser(t)
		stranger.get("/").want(t, http.StatusOK, "Write to Strathcarron Council", "/form/contact")
		eventually(t, "the form is open", func() bool { return stranger.get("/form/contact").status == http.StatusOK })
		stranger.get("/settings").leads(t, "/sign-in?next=%2Fsettings")
		stranger.post("/sign-in?next=%2Fsettings", "email", adminEmail, "password", adminPassword).leads(t, "/settings")
	})
}

func TestWhatWasSetUpIsThereAfterARestart(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		r := start(t, c)
		b := r.setUp(t)
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		again := start(t, c)
		b.base = again.url // the session outlives the program
		b.get("/settings").want(t, http.StatusOK, "Mairi Galbraith")
	})
}

func TestASecondMercatDoesNotServeTheSameFolder(t *testing.T) {
	c := testConfig(t, "sqlite")
	r := start(t, c)
	_, err := Open(t.Context(), c)
	if !InUse(err) || !strings.Contains(fault.Sentence(err), c.Data) {
		t.Fatalf("got %v", err)
	}
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	start(t, c)
}

func TestAnAddressInUseIsSaidInWords(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	c := testConfig(t, "sqlite")
	c.Listen = strings.TrimPrefix(r.url, "http://")
	a, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	err = a.Run(t.Context(), func(string) { t.Error("it is ready") })
	if !strings.Contains(fault.Sentence(err), "Another program listens") {
		t.Fatalf("got %v", err)
	}
}

func TestStoppingEndsLiveStreamsAndFinishesRequests(t *testing.T) {
	r := start(t, testConfig(t, "sqlite"))
	b := r.setUp(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, r.url+"/practice/live", nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, route := range r.Routes() {
		if strings.HasSuffix(route.Pattern, "/live") && strings.HasPrefix(route.Pattern, "GET /practice") {
			request.URL.Path = strings.TrimPrefix(route.Pattern, "GET ")
		}
	}
	response, err := b.http.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("%s is no stream: %d, %s", request.URL.Path, response.StatusCode, kind)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, response.Body)
		ended <- err
	}()
	began := time.Now()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("stopping took %v", took)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("the stream was cut: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("the stream did not end")
	}
}

func TestItIsReadyOnlyWhileItServes(t *testing.T) {
	each(t, func(t *testing.T, c Config) {
		a, err := Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		if missing := a.missing(t.Context()); len(missing) == 0 {
			t.Error("ready before it runs")
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
		r := start(t, c)
		r.browser(t).get("/readyz").want(t, http.StatusOK, "ready")
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if missing := r.missing(ctx); len(missing) == 0 {
			t.Error("ready after it stopped")
		}
	})
}
