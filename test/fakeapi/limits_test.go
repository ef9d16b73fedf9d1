package fakeapi_test

import (
	"net/http"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestRateLimit(t *testing.T) {
	type call struct {
		time       time.Duration // after noon
		status     int
		retryAfter string
	}
	for name, c := range map[string]struct {
		limit fakeapi.RateLimit
		calls []call
	}{
		"none": {
			fakeapi.RateLimit{RetryAfter: true},
			[]call{{0, 200, ""}, {0, 200, ""}, {0, 200, ""}},
		},
		"by minute": {
			fakeapi.RateLimit{PerMinute: 2, RetryAfter: true},
			[]call{
				{0, 200, ""}, {time.Second, 200, ""},
				{20 * time.Second, 429, "40"}, {59*time.Second + time.Millisecond, 429, "1"},
				{time.Minute, 200, ""},
			},
		},
		"by hour": {
			fakeapi.RateLimit{PerHour: 1, RetryAfter: true},
			[]call{{0, 200, ""}, {time.Minute, 429, "3540"}, {time.Hour, 200, ""}},
		},
		"by both": {
			fakeapi.RateLimit{PerMinute: 1, PerHour: 2, RetryAfter: true},
			[]call{
				{0, 200, ""}, {30 * time.Second, 429, "30"},
				{time.Minute, 200, ""}, {time.Minute, 429, "3540"}, {2 * time.Minute, 429, "3480"},
				{time.Hour, 200, ""},
			},
		},
		"without Retry-After": {
			fakeapi.RateLimit{PerMinute: 1},
			[]call{{0, 200, ""}, {0, 429, ""}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var passed atomic.Int64
			a := newAPI(t, fakeapi.Options{
				RateLimit: c.limit,
				Now:       func() time.Time { return noon.Add(time.Duration(passed.Load())) },
			})
			for i, call := range c.calls {
				passed.Store(int64(call.time))
				resp, body := a.post(t, "/api/v2/itemusages", `{}`)
				assert.Equal(t, call.status, resp.StatusCode, i)
				assert.Equal(t, call.retryAfter, resp.Header.Get("Retry-After"), i)
				if call.status == http.StatusTooManyRequests {
					assert.Equal(t, `{"Error":{"Message":"Too Many Requests"}}`, body)
				}
			}
		})
	}
}

func TestRefusedTokensDoNotCountTowardsTheRateLimit(t *testing.T) {
	a := newAPI(t, fakeapi.Options{RateLimit: fakeapi.RateLimit{PerMinute: 1}})
	good := a.token
	a.token = "invalid"
	for range 3 {
		resp, _ := a.post(t, "/api/v2/itemusages", `{}`)
		assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	}
	a.token = good
	resp, _ := a.post(t, "/api/v2/itemusages", `{}`)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestRequestsAreRecorded(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.post(t, "/api/v2/itemusages", `{"limit":5}`)
	a.post(t, "/api/v1/signinattempts", `{"limit":0}`)
	a.do(t, a.request(t, http.MethodGet, "/elsewhere", ``))
	a.SetFault(func(http.Handler) http.Handler {
		return http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	})
	a.post(t, "/api/v1/itemusages", `{}`)

	got := a.Requests()
	require.Len(t, got, 4)
	for i, want := range []fakeapi.Request{
		{Method: "POST", Path: "/api/v2/itemusages", Body: []byte(`{"limit":5}`), Status: 200},
		{Method: "POST", Path: "/api/v1/signinattempts", Body: []byte(`{"limit":0}`), Status: 400},
		{Method: "GET", Path: "/elsewhere", Body: []byte{}, Status: 404},
		{Method: "POST", Path: "/api/v1/itemusages", Body: []byte(`{}`), Status: 200},
	} {
		assert.Equal(t, "Bearer "+a.token, got[i].Header.Get("Authorization"))
		want.Header, want.Time = got[i].Header, noon
		assert.Equal(t, want, got[i])
	}
}

func TestRecordedRequestsAreCopies(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	a.post(t, "/api/v2/itemusages", `{}`)
	changed := a.Requests()
	changed[0].Path, changed[0].Body[0] = "/changed", 'x'
	changed[0].Header.Set("Authorization", "changed")
	kept := a.Requests()[0]
	assert.Equal(t, "/api/v2/itemusages", kept.Path)
	assert.Equal(t, "{}", string(kept.Body))
	assert.Equal(t, "Bearer "+a.token, kept.Header.Get("Authorization"))
}

func TestOldestRequestsAreForgotten(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for i := range 10_003 {
		serveDirectly(t, a, "/"+strconv.Itoa(i))
	}
	got := a.Requests()
	require.Len(t, got, 10_000)
	assert.Equal(t, "/3", got[0].Path)
	assert.Equal(t, "/10002", got[9_999].Path)
}
