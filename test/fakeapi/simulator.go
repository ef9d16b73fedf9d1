package fakeapi

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/elastic/go-concert/timed"
)

// Options configure a Simulator. The zero value behaves like the service, as far as it is known.
type Options struct {
	// Seed determines the account, people, events and cursors.
	Seed uint64
	// People is the number of people, at most 360. 0 is 60.
	People int
	// Now is the clock of default windows, arriving events, items that arrive later, token expiry,
	// rate limits and recorded requests. Nil is time.Now.
	Now func() time.Time
	// Flat answers errors as {"status":401,"message":"Unauthorized"} instead of
	// {"Error":{"Message":"Unauthorized"}}.
	Flat bool
	// ForbidMissingFeature answers 403 instead of 401 if a valid token lacks the feature of the
	// path.
	ForbidMissingFeature bool
	// MoreOnEmptyPage sets has_more on every empty page. A client that always follows has_more then
	// sends requests without end.
	MoreOnEmptyPage bool
	// RateLimit limits the requests of all tokens together. The zero value is no limit.
	RateLimit RateLimit
}

// Simulator is the simulated API of one account. It is an http.Handler. New creates it.
type Simulator struct {
	options        Options
	organization   *organization
	streams        map[string]*stream  // by event type
	endpoints      map[string]endpoint // by path
	cursorKey      []byte
	signer         *ecdsa.PrivateKey
	limiter        *rateLimiter
	recorder       recorder
	introspections recorder
	api            *Switch // serveAPI

	mu      sync.Mutex      // protects revoked
	revoked map[string]bool // by token text
}

// New returns a Simulator without events.
func New(opts Options) *Simulator {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Simulator{
		options:      opts,
		organization: newOrganization(opts.Seed, cmp.Or(opts.People, defaultPeople)),
		streams:      map[string]*stream{},
		endpoints:    map[string]endpoint{},
		cursorKey:    fmt.Appendf(nil, "cursors of seed %d", opts.Seed),
		signer:       must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)),
		limiter:      newRateLimiter(opts.RateLimit),
		revoked:      map[string]bool{},
	}
	for _, t := range eventTypes {
		st := newStream(t, s.organization, opts.Seed)
		s.streams[t.name] = st
		s.endpoints["/api/v1/"+t.name] = s.pages(st, 1)
		s.endpoints["/api/v2/"+t.name] = s.pages(st, 2)
	}
	s.endpoints[introspectPath] = endpoint{method: http.MethodGet, serve: s.introspect}
	s.api = NewSwitch(http.HandlerFunc(s.serveAPI))
	return s
}

// Account returns the UUID of the account, which is in its tokens and events.
func (s *Simulator) Account() string { return s.organization.account }

// Generate appends n events with timestamps in [from, to), mostly in working hours. The events are
// in the order of their arrival: late events come after events with later timestamps. Generate,
// like all methods with an event type, panics if the event type is unknown.
func (s *Simulator) Generate(eventType string, n int, from, to time.Time) {
	st := s.stream(eventType)
	st.append(st.generate(n, from, to))
}

// Append appends items as they are. It does not check them: an item that is not JSON makes its page
// invalid JSON.
func (s *Simulator) Append(eventType string, items ...json.RawMessage) {
	s.stream(eventType).append(parseItems(items))
}

// Arrive appends events of the current time until ctx is done. The waits between them are random
// with the mean every, which must be positive. Late events can be added with Generate.
func (s *Simulator) Arrive(ctx context.Context, eventType string, every time.Duration) {
	if every <= 0 {
		panic(fmt.Sprintf("fakeapi: events cannot arrive every %s", every))
	}
	st := s.stream(eventType)
	for {
		if timed.Wait(ctx, st.randomWait(every)) != nil {
			return
		}
		now := s.options.Now().Truncate(st.precision)
		st.append(st.generate(1, now, now))
	}
}

// UUIDs returns the UUIDs of all items in the order of their insertion, "" for an item without a
// UUID.
func (s *Simulator) UUIDs(eventType string) []string { return s.stream(eventType).uuids() }

// Items returns all items in the order of their insertion, as version 2 serves them.
func (s *Simulator) Items(eventType string) []json.RawMessage { return s.stream(eventType).raws() }

func (s *Simulator) stream(eventType string) *stream {
	st, ok := s.streams[eventType]
	if !ok {
		panic(fmt.Sprintf("fakeapi: unknown event type %q", eventType))
	}
	return st
}
