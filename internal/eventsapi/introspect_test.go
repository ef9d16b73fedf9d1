package eventsapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestIntrospectReturnsTheScopeOfTheToken(t *testing.T) {
	client, sim := newSimulatorClient(t, itemUsages)
	scope, err := client.Introspect(t.Context())
	require.NoError(t, err)
	assert.Equal(t, Scope{
		Account:  sim.Account(),
		Features: []string{"signinattempts", "itemusages", "auditevents"},
		IssuedAt: time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC),
	}, scope)

	request := sim.Introspections()[0]
	assert.Equal(t, http.MethodGet, request.Method)
	assert.Equal(t, "/api/v2/auth/introspect", request.Path)
	assert.Empty(t, request.Body)
	assert.NotContains(t, request.Header, "Content-Type")
	assert.Equal(t, userAgent, request.Header.Get("User-Agent"))
	assert.Regexp(t, `^Bearer eyJ`, request.Header.Get("Authorization"))
}

func TestIntrospectedFeaturesPrevailOverTheClaims(t *testing.T) {
	client, sim := newSimulatorClient(t, itemUsages)
	sim.SetFault(
		fakeapi.Answer(
			200,
			nil,
			`{"uuid":"A","issued_at":"2024-12-16T16:32:50-03:00","features":["auditevents","users"]}`,
		),
	)
	scope, err := client.Introspect(t.Context())
	require.NoError(t, err)
	assert.True(t, scope.HasFeature(auditEvents))
	assert.False(t, scope.HasFeature(itemUsages))
	assert.Equal(t, sim.Account(), scope.Account, "an older response has no account; that of the claim is used")
	assert.Equal(t, time.Date(2024, 12, 16, 19, 32, 50, 0, time.UTC), scope.IssuedAt.UTC())
}

func TestClaimsAreUsedIfIntrospectionFails(t *testing.T) {
	cases := map[string]struct {
		fault fakeapi.Fault
		want  string
	}{
		"cut connection": {fakeapi.Cut(), "EOF"},
		"cut body":       {fakeapi.Truncate(), "unexpected EOF"},
		"refused": {
			fakeapi.Answer(401, nil, `{"Error":{"Message":"Unauthorized"}}`),
			"answered 401 Unauthorized: Unauthorized",
		},
		"not found": {
			fakeapi.Answer(404, nil, "404 page not found\n"),
			"answered 404 Not Found: 404 page not found",
		},
		"HTML of a proxy": {
			fakeapi.Answer(200, nil, "<html>Sign in</html>"),
			"does not describe the token: invalid character '<'",
		},
		"another shape": {fakeapi.OtherShape(), "does not describe the token"},
		"a page": {
			fakeapi.Answer(200, nil, `{"cursor":"abc","has_more":false,"items":[]}`),
			"it has no features",
		},
		"features null":       {fakeapi.Answer(200, nil, `{"features":null}`), "it has no features"},
		"features no strings": {fakeapi.Answer(200, nil, `{"features":[5]}`), "does not describe the token"},
		"account no string": {
			fakeapi.Answer(200, nil, `{"features":[],"account_uuid":5}`),
			"does not describe the token",
		},
		"too large": {fakeapi.Oversize(maxScopeBytes + 1), "is larger than 65536 bytes"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			client, sim := newSimulatorClient(t, itemUsages)
			sim.SetFault(tc.fault)
			scope, err := client.Introspect(t.Context())
			require.ErrorContains(t, err, tc.want)
			require.ErrorContains(t, err, "/api/v2/auth/introspect")
			assert.Equal(t, client.tokens.Token().Scope(), scope)
			assert.True(t, scope.HasFeature(itemUsages))
		})
	}
}

func TestIntrospectErrorIsTypedAndHidesTheToken(t *testing.T) {
	client := newTestClient(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "30")
		http.Error(w, "too often: "+r.Header.Get("Authorization"), http.StatusTooManyRequests)
	}), itemUsages)
	_, err := client.Introspect(t.Context())
	var apiErr *Error
	require.ErrorAs(t, err, &apiErr)
	assert.Equal(t, http.StatusTooManyRequests, apiErr.StatusCode)
	assert.Equal(t, 30*time.Second, apiErr.RetryAfter)
	assert.True(t, strings.HasSuffix(apiErr.URL, "/api/v2/auth/introspect"))
	assert.Contains(t, apiErr.Message, "[hidden token]")
	for segment := range strings.SplitSeq(*client.tokens.Token().text, ".") {
		assert.NotContains(t, err.Error(), segment)
	}
}

func TestIntrospectFollowsARedirectOnTheSameHostOnly(t *testing.T) {
	mux := http.NewServeMux()
	mux.Handle("GET /api/v2/auth/introspect", http.RedirectHandler("/moved", http.StatusMovedPermanently))
	mux.Handle("GET /moved", http.RedirectHandler("https://events.example.org/", http.StatusFound))
	_, err := newTestClient(t, mux, itemUsages).Introspect(t.Context())
	require.ErrorContains(t, err, "redirect to https://events.example.org refused")
}

func TestIntrospectWaitsForTheBudget(t *testing.T) {
	client, sim := newSimulatorClient(t, itemUsages)
	synctest.Test(t, func(t *testing.T) {
		client.budget = NewBudget(1, 1)
		require.NoError(t, client.budget.Wait(t.Context()))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		scope, err := client.Introspect(ctx)
		require.ErrorIs(t, err, context.Canceled)
		assert.True(t, scope.HasFeature(itemUsages))
	})
	assert.Empty(t, sim.Introspections())
}

func TestScopeOfATokenIsACopy(t *testing.T) {
	client, _ := newSimulatorClient(t, itemUsages)
	token := client.tokens.Token()
	token.Scope().Features[0] = "changed"
	assert.True(t, token.Scope().HasFeature(signIns))
}

func FuzzDecodeScope(f *testing.F) {
	f.Add(
		[]byte(
			`{"uuid":"A","issued_at":"2024-12-16T16:32:50-03:00","features":["auditevents","itemusages","signinattempts"]}`,
		),
	)
	f.Add([]byte(`{"UUID":"A","IssuedAt":"2021-07-01T00:00:00Z","Features":["itemusages"]}`))
	f.Add([]byte(`{"issued_at":5,"features":[],"account_uuid":"KHUVUCTBHVDSNDHXKDGM7UESYU"}`))
	f.Add([]byte(`{"issued_at":"yesterday","features":["a","a",""]}`))
	f.Add([]byte(`{"features":null}`))
	f.Add([]byte(`{"features":[1e999]}`))
	f.Add([]byte(`{"Error":{"Message":"Unauthorized"}}`))
	f.Add([]byte(`<html>`))
	f.Fuzz(func(t *testing.T, content []byte) {
		scope, err := decodeScope(content)
		if err != nil {
			assert.Equal(t, Scope{}, scope)
			return
		}
		assert.True(t, json.Valid(content))
		assert.NotNil(t, scope.Features)
		for _, feature := range scope.Features {
			assert.True(t, scope.HasFeature(eventtype.Name(feature)))
		}
	})
}
