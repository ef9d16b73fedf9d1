package fakeapi

import (
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Options shape a Simulator. The zero value behaves like the service as far as
// it is known.
type Options struct {
	// Seed determines the account, people, events and cursors.
	Seed uint64
	// Now is the clock for default windows, arriving events, token life, rate
	// limits and recorded requests; nil means time.Now.
	Now func() time.Time
	// Flat answers errors as {"status":401,"message":"Unauthorized"} instead of
	// {"Error":{"Message":"Unauthorized"}}.
	Flat bool
	// ForbidMissingFeature answers 403 instead of 401 when the token is good
	// but lacks the feature of the path.
	ForbidMissingFeature bool
	// MoreOnEmptyPage sets has_more on every empty page. A client that follows
	// has_more blindly will then ask for ever.
	MoreOnEmptyPage bool
	// RateLimit bounds the requests of all tokens together; zero means no limit.
	RateLimit RateLimit
}

// Simulator is the simulated API of one account, an http.Handler. Make it with
// New.
type Simulator struct {
	options        Options
	world          *world
	streams        map[string]*stream  // by event type
	endpoints      map[string]endpoint // by path
	cursorKey      []byte
	signer         *ecdsa.PrivateKey
	limiter        *rateLimiter
	recorder       recorder
	introspections recorder

	mu      sync.Mutex      // protects all below
	handler http.Handler    // serveAPI, inside the fault if there is one
	revoked map[string]bool // by token text
}

// New makes a simulator that holds no events yet.
func New(opts Options) *Simulator {
	if opts.Now == nil {
		opts.Now = time.Now
	}
	s := &Simulator{
		options:   opts,
		world:     newWorld(opts.Seed),
		streams:   map[string]*stream{},
		endpoints: map[string]endpoint{},
		cursorKey: fmt.Appendf(nil, "cursors of seed %d", opts.Seed),
		signer:    newSigner(),
		limiter:   newRateLimiter(opts.RateLimit),
		revoked:   map[string]bool{},
	}
	for _, kind := range eventTypes {
		st := newStream(kind, s.world, opts.Seed)
		s.streams[kind.name] = st
		s.endpoints["/api/v1/"+kind.name] = s.pages(st, 1)
		s.endpoints["/api/v2/"+kind.name] = s.pages(st, 2)
	}
	s.endpoints[introspectPath] = endpoint{method: http.MethodGet, serve: s.introspect}
	s.SetFault(nil)
	return s
}

// Account returns the uuid of the account, which is in its tokens and events.
func (s *Simulator) Account() string { return s.world.account }

// Generate appends n events whose timestamps lie in [from, to), most of them
// within somebody's working hours. They are appended in the order in which
// they would have arrived, which for late ones is not that of their
// timestamps. It panics if the event type is unknown, as do all methods that
// take one.
func (s *Simulator) Generate(eventType string, n int, from, to time.Time) {
	st := s.stream(eventType)
	st.append(st.generate(n, from, to))
}

// Append appends items as they are. It does not check them: an item that is
// not JSON makes every page that holds it ill-formed.
func (s *Simulator) Append(eventType string, items ...json.RawMessage) {
	s.stream(eventType).append(foreignItems(items))
}

// Arrive appends a new event of the present time again and again until ctx
// ends. The waits are random with the mean every, which must be positive. For
// events that arrive late, call Generate with a window in the past.
func (s *Simulator) Arrive(ctx context.Context, eventType string, every time.Duration) {
	if every <= 0 {
		panic(fmt.Sprintf("fakeapi: events cannot arrive every %s", every))
	}
	st := s.stream(eventType)
	for {
		select {
		case <-ctx.Done():
			return
		case <-time.After(st.spacing(every)):
		}
		now := s.options.Now().Truncate(st.resolution)
		st.append(st.generate(1, now, now))
	}
}

// UUIDs returns the uuid of every stored item in insertion order, "" for an
// item that has none.
func (s *Simulator) UUIDs(eventType string) []string {
	return s.stream(eventType).uuids()
}

func (s *Simulator) stream(eventType string) *stream {
	st, ok := s.streams[eventType]
	if !ok {
		panic(fmt.Sprintf("fakeapi: unknown event type %q", eventType))
	}
	return st
}
