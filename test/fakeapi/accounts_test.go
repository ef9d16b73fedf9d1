package fakeapi_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// newAccounts returns n accounts behind one address, each with its own events.
func newAccounts(t *testing.T, n int) []*api {
	t.Helper()
	var sims []*fakeapi.Simulator
	for seed := range n {
		sim := fakeapi.New(fakeapi.Options{Seed: uint64(seed), Now: atNoon})
		for _, eventType := range eventTypes {
			sim.Generate(eventType, 3, noon.Add(-time.Hour), noon)
		}
		sims = append(sims, sim)
	}
	server := httptest.NewServer(fakeapi.Accounts(sims[0], sims[1:]...))
	t.Cleanup(server.Close)
	accounts := make([]*api, n)
	for i, sim := range sims {
		token := sim.Token(fakeapi.TokenOptions{Features: eventTypes})
		accounts[i] = &api{Simulator: sim, url: server.URL, client: server.Client(), token: token}
	}
	return accounts
}

func TestAccountsAreServedByTheirTokensAtOneAddress(t *testing.T) {
	seen := map[string]bool{}
	accounts := newAccounts(t, 10)
	for _, a := range accounts {
		for _, eventType := range eventTypes {
			p := a.page(t, "/api/v2/"+eventType, everything)
			assert.Equal(t, a.UUIDs(eventType), p.uuids(t))
			for _, raw := range p.Items {
				assert.Equal(t, a.Account(), decode(t, raw)["account_uuid"])
			}
			for _, uuid := range p.uuids(t) {
				seen[uuid] = true
			}
		}
		_, body := a.introspect(t)
		assert.Contains(t, body, a.Account())
		assert.Len(t, a.Requests(), len(eventTypes), "requests of other accounts are not recorded")
		assert.Len(t, a.Introspections(), 1)
	}
	assert.Len(t, seen, len(accounts)*3*len(eventTypes), "no event belongs to two accounts")
}

func TestFaultsOfAnAccountDoNotAffectOthers(t *testing.T) {
	accounts := newAccounts(t, 3)
	accounts[0].Revoke(accounts[0].token)
	accounts[1].SetFault(fakeapi.Answer(503, nil, ""))
	for i, want := range []int{401, 503, 200} {
		resp, _ := accounts[i].post(t, path, `{}`)
		assert.Equal(t, want, resp.StatusCode)
	}
}

func TestCursorOfAnotherAccountIsRefused(t *testing.T) {
	accounts := newAccounts(t, 2)
	cursor := accounts[0].page(t, path, `{}`).Cursor
	resp, _ := accounts[1].post(t, path, withCursor(cursor))
	assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
}

func TestRequestsWithoutAKnownAccountAreRefused(t *testing.T) {
	accounts := newAccounts(t, 2)
	unknown := fakeapi.New(fakeapi.Options{Seed: 99}).Token(fakeapi.TokenOptions{Features: eventTypes})
	// A token of accounts[1], signed by another key.
	forged := fakeapi.New(fakeapi.Options{Seed: 1}).Token(fakeapi.TokenOptions{Features: eventTypes})
	for i, token := range []string{"", "abc", unknown, forged} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			a := *accounts[0]
			a.token = token
			resp, _ := a.post(t, path, `{}`)
			assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
		})
	}
	assert.Len(t, accounts[0].Requests(), 3)
	assert.Len(t, accounts[1].Requests(), 1)
}

func TestTwoSimulatorsOfOneAccountPanic(t *testing.T) {
	one, two := fakeapi.New(fakeapi.Options{Seed: 4}), fakeapi.New(fakeapi.Options{Seed: 4})
	require.Panics(t, func() { fakeapi.Accounts(one, two) })
}
