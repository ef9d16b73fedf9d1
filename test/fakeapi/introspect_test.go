package fakeapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const introspect = "/api/v2/auth/introspect"

func (a *api) introspect(t *testing.T) (*http.Response, string) {
	t.Helper()
	return a.do(t, a.request(t, http.MethodGet, introspect, ""))
}

func TestIntrospectReturnsTheFeaturesOfTheToken(t *testing.T) {
	for name, c := range map[string]struct {
		features []string
		want     string
	}{
		"all":     {eventTypes, `["` + strings.Join(eventTypes, `","`) + `"]`},
		"one":     {[]string{usages}, `["itemusages"]`},
		"unknown": {[]string{"users"}, `["users"]`},
		"none":    {nil, `[]`},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, fakeapi.Options{Seed: 1})
			a.token = a.Token(fakeapi.TokenOptions{Features: c.features})
			resp, body := a.introspect(t)
			assert.Equal(t, http.StatusOK, resp.StatusCode)
			assert.Equal(t, "application/json; charset=utf-8", resp.Header.Get("Content-Type"))
			assert.Regexp(t, `^\{"uuid":"[A-Z2-7]{26}","issued_at":"2025-10-08T12:00:00Z","features":`, body)
			assert.Contains(t, body, `"features":`+c.want+`,"account_uuid":"`+a.Account()+`"}`)
		})
	}
}

func TestIntrospectRefusesAnInvalidToken(t *testing.T) {
	a := newAPI(t, fakeapi.Options{ForbidMissingFeature: true})
	revoked := a.Token(fakeapi.TokenOptions{Features: eventTypes})
	a.Revoke(revoked)
	for name, token := range map[string]string{
		"none":                 "",
		"not a token":          "abc",
		"revoked":              revoked,
		"expired":              a.Token(fakeapi.TokenOptions{Features: eventTypes, ExpiresAt: noon}),
		"of another simulator": fakeapi.New(fakeapi.Options{}).Token(fakeapi.TokenOptions{Features: eventTypes}),
	} {
		t.Run(name, func(t *testing.T) {
			a.token = token
			resp, body := a.introspect(t)
			assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
			assert.Equal(t, `{"Error":{"Message":"Unauthorized"}}`, body)
		})
	}
}

func TestIntrospectIsRecordedAndLimitedAndFailsLikeOtherRequests(t *testing.T) {
	a := newAPI(t, fakeapi.Options{RateLimit: fakeapi.RateLimit{PerMinute: 2}})
	a.SetFault(fakeapi.On("/auth/introspect", fakeapi.Times(1, fakeapi.Answer(500, nil, ""))))
	for _, want := range []int{500, 200, 200, 429} {
		resp, _ := a.introspect(t)
		assert.Equal(t, want, resp.StatusCode)
	}
	requests := a.Introspections()
	require.Len(t, requests, 4)
	for i, status := range []int{500, 200, 200, 429} {
		assert.Equal(t, fakeapi.Request{
			Method: "GET", Path: introspect, Body: []byte{}, Status: status, Header: requests[i].Header, Time: noon,
		}, requests[i])
	}
}
