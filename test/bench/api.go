package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// apiRole is the role of the simulated Events API.
const apiRole = "api"

// apiOptions are the options of the simulated Events API.
type apiOptions struct {
	Types     []string
	PerStream int // events of each type of each account
	Accounts  int
	Delay     time.Duration
}

// apiReady is what a Beat must know of the API.
type apiReady struct {
	Host        string
	Certificate []byte
	Tokens      []string // one for each account
}

// apiStats are the requests of a run.
type apiStats struct {
	Requests int
	First    time.Time // zero before the first request
}

// runAPI is the server process of the simulated Events API.
func runAPI(given []byte) error {
	var o apiOptions
	if err := json.Unmarshal(given, &o); err != nil {
		return err
	}
	now := time.Now()
	var sims []*fakeapi.Simulator
	for i := range o.Accounts {
		sim := fakeapi.New(fakeapi.Options{Seed: uint64(i)})
		for _, eventType := range o.Types {
			sim.Generate(eventType, o.PerStream, now.AddDate(0, 0, -100), now)
		}
		sims = append(sims, sim)
	}
	api := &preparedAPI{handler: fakeapi.Accounts(sims[0], sims[1:]...), pages: map[pageKey][]byte{}}
	server, err := fakeapi.Serve(api)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }() // nothing is left to save
	ready := apiReady{Host: server.Host(), Certificate: server.CertificatePEM()}
	for _, sim := range sims {
		token := sim.Token(fakeapi.TokenOptions{Audience: []string{server.Host()}, Features: harness.EventTypes})
		ready.Tokens = append(ready.Tokens, token)
		for _, eventType := range o.Types {
			if err := api.prepare(token, "/api/v2/"+eventType); err != nil {
				return err
			}
		}
	}
	api.delay = o.Delay
	return serve(ready, api.read)
}

// preparedAPI serves pages as compressed bytes that it got from handler the first time. The handler
// must have no new events. Other requests than those for pages go to the handler.
type preparedAPI struct {
	handler http.Handler
	delay   time.Duration

	mu    sync.Mutex // protects all below
	pages map[pageKey][]byte
	stats apiStats
}

// pageKey identifies a page: all Beats start with the same reset, which has no cursor.
type pageKey struct{ authorization, path, cursor string }

// ServeHTTP answers a request.
func (a *preparedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := time.Now()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler) // the Beat has gone
	}
	var request struct {
		Cursor string `json:"cursor"`
	}
	_ = json.Unmarshal(body, &request) // the handler refuses what is not JSON
	key := pageKey{r.Header.Get("Authorization"), r.URL.Path, request.Cursor}
	a.mu.Lock()
	if a.stats.Requests++; a.stats.First.IsZero() {
		a.stats.First = now
	}
	page, prepared := a.pages[key]
	a.mu.Unlock()
	time.Sleep(a.delay)
	if !prepared {
		r.Body = io.NopCloser(bytes.NewReader(body))
		answer := httptest.NewRecorder()
		a.handler.ServeHTTP(answer, r)
		if answer.Code != http.StatusOK || answer.Header().Get("Content-Encoding") != "gzip" { // not a page
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
			return
		}
		page = bytes.Clone(answer.Body.Bytes())
		a.mu.Lock()
		a.pages[key] = page
		a.mu.Unlock()
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Content-Encoding", "gzip")
	_, _ = w.Write(page)
}

// prepare reads all pages of a path once, as the published configuration does.
func (a *preparedAPI) prepare(token, path string) error {
	body, cursor := []byte(`{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`), ""
	for {
		r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		r.Header.Set("Accept-Encoding", "gzip")
		answer := httptest.NewRecorder()
		a.ServeHTTP(answer, r)
		unzipped, err := gzip.NewReader(answer.Body)
		if err != nil {
			return fmt.Errorf("prepare %s: status %d: %w", path, answer.Code, err)
		}
		var page struct {
			Cursor string `json:"cursor"`
		}
		if err := json.NewDecoder(unzipped).Decode(&page); err != nil {
			return fmt.Errorf("prepare %s: %w", path, err)
		}
		switch page.Cursor {
		case "":
			return errors.New("a page has no cursor")
		case cursor:
			return nil // the end, where a Beat asks again and again
		}
		cursor = page.Cursor
		body = fmt.Appendf(nil, `{"cursor":%q}`, cursor)
	}
}

// read returns the stats, or begins a new run.
func (a *preparedAPI) read(isReset bool) any {
	a.mu.Lock()
	defer a.mu.Unlock()
	if isReset {
		a.stats = apiStats{}
	}
	return a.stats
}
