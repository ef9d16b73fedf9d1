package fakeapi_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestInvalidRequestsAreRefused(t *testing.T) {
	a := newAPI(t, fakeapi.Options{Seed: 1})
	a.Generate(signIns, 5, noon.Add(-time.Hour), noon)
	own := a.page(t, "/api/v2/signinattempts", `{}`).Cursor
	otherType := a.page(t, "/api/v2/itemusages", `{}`).Cursor
	otherAccount := newAPI(t, fakeapi.Options{Seed: 2}).page(t, "/api/v2/signinattempts", `{}`).Cursor
	unsigned := base64.StdEncoding.EncodeToString([]byte(`{"event_type":"signinattempts","position":-1,"limit":1}`))

	for name, body := range map[string]string{
		"no body":                     ``,
		"not JSON":                    `limit=5`,
		"not an object":               `[]`,
		"null":                        `null`,
		"cut short":                   `{"limit":5`,
		"text after the object":       `{} {}`,
		"unknown member":              `{"limit":5,"page":1}`,
		"member in capitals":          `{"Limit":5}`,
		"repeated member":             `{"limit":5,"limit":6}`,
		"cursor and limit":            `{"cursor":"` + own + `","limit":5}`,
		"cursor and start":            `{"cursor":"` + own + `","start_time":"2020-01-01T00:00:00Z"}`,
		"limit 0":                     `{"limit":0}`,
		"limit negative":              `{"limit":-1}`,
		"limit 1001":                  `{"limit":1001}`,
		"limit not whole":             `{"limit":1.5}`,
		"limit as text":               `{"limit":"100"}`,
		"limit null":                  `{"limit":null}`,
		"time without zone":           `{"start_time":"2025-10-08T10:00:00"}`,
		"time without time":           `{"start_time":"2025-10-08"}`,
		"time that is no date":        `{"start_time":"2025-02-30T10:00:00Z"}`,
		"time as number":              `{"end_time":1759917600}`,
		"time empty":                  `{"end_time":""}`,
		"time null":                   `{"end_time":null}`,
		"time zero":                   `{"start_time":"0001-01-01T00:00:00Z"}`,
		"time after year 9998":        `{"end_time":"9999-12-31T23:59:59-01:00"}`,
		"end before start":            `{"start_time":"2025-10-08T10:00:00Z","end_time":"2025-10-08T09:00:00Z"}`,
		"cursor empty":                `{"cursor":""}`,
		"cursor null":                 `{"cursor":null}`,
		"cursor as number":            `{"cursor":1}`,
		"cursor not base64":           `{"cursor":"not a cursor"}`,
		"cursor short":                `{"cursor":"aGVsbG8="}`,
		"cursor cut":                  withCursor(own[:len(own)-4]),
		"cursor altered":              withCursor(altered(own)),
		"cursor with line break":      withCursor(own[:20] + `\n` + own[20:]),
		"cursor without signature":    withCursor(unsigned),
		"cursor of another type":      withCursor(otherType),
		"cursor of another simulator": withCursor(otherAccount),
		"more than is read":           `{` + strings.Repeat(" ", 1<<20) + `}`,
	} {
		t.Run(name, func(t *testing.T) {
			resp, text := a.post(t, "/api/v2/signinattempts", body)
			assert.Equal(t, http.StatusBadRequest, resp.StatusCode)
			assert.Equal(t, `{"Error":{"Message":"Bad Request"}}`, text)
		})
	}
}

func altered(cursor string) string {
	if cursor[10] == 'A' {
		return cursor[:10] + "B" + cursor[11:]
	}
	return cursor[:10] + "A" + cursor[11:]
}

func TestValidRequestsAreAccepted(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for name, body := range map[string]string{
		"empty object":           `{}`,
		"white space":            " {\n} ",
		"smallest limit":         `{"limit":1}`,
		"largest limit":          `{"limit":1000}`,
		"old start":              `{"start_time":"2020-01-01T00:00:00Z"}`,
		"nanoseconds":            `{"start_time":"2025-10-08T10:00:00.123456789Z"}`,
		"offset":                 `{"start_time":"2025-10-08T10:00:00-03:00"}`,
		"start equal to the end": `{"start_time":"2025-10-08T10:00:00Z","end_time":"2025-10-08T10:00:00Z"}`,
		"everything":             `{"end_time":"2025-10-08T10:00:00Z","limit":50,"start_time":"2025-10-08T09:00:00Z"}`,
	} {
		t.Run(name, func(t *testing.T) {
			p := a.page(t, "/api/v1/signinattempts", body) // without Content-Type
			again := a.page(t, "/api/v2/signinattempts", withCursor(p.Cursor))
			assert.Equal(t, p, again)
		})
	}
}

func TestOnlyThePathsOfTheAPIAreServed(t *testing.T) {
	a := newAPI(t, fakeapi.Options{})
	for name, c := range map[string]struct {
		method, path string
		status       int
		body         string
	}{
		"root":                  {"POST", "/", 404, "404 page not found\n"},
		"version 3":             {"POST", "/api/v3/signinattempts", 404, "404 page not found\n"},
		"type not served":       {"POST", "/api/v2/users", 404, "404 page not found\n"},
		"slash at the end":      {"POST", "/api/v2/signinattempts/", 404, "404 page not found\n"},
		"doubled slash":         {"POST", "/api//v2/signinattempts", 404, "404 page not found\n"},
		"GET of something else": {"GET", "/status", 404, "404 page not found\n"},
		"introspect, version 1": {"GET", "/api/v1/auth/introspect", 404, "404 page not found\n"},
		"introspect by POST":    {"POST", "/api/v2/auth/introspect", 405, "Method Not Allowed\n"},
		"GET":                   {"GET", "/api/v2/signinattempts", 405, "Method Not Allowed\n"},
		"PUT":                   {"PUT", "/api/v1/itemusages", 405, "Method Not Allowed\n"},
	} {
		t.Run(name, func(t *testing.T) {
			resp, text := a.do(t, a.request(t, c.method, c.path, `{}`))
			assert.Equal(t, c.status, resp.StatusCode)
			assert.Equal(t, c.body, text)
			assert.Equal(t, "text/plain; charset=utf-8", resp.Header.Get("Content-Type"))
		})
	}
}

func FuzzRequestBody(f *testing.F) {
	sim := fakeapi.New(fakeapi.Options{Now: atNoon})
	sim.Generate(signIns, 40, noon.Add(-2*time.Hour), noon)
	token := sim.Token(fakeapi.TokenOptions{Features: eventTypes})
	serve := func(body string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodPost, "/api/v1/signinattempts", strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token)
		sim.ServeHTTP(w, r)
		return w
	}
	var first page
	require.NoError(f, json.Unmarshal(serve(`{"limit":3}`).Body.Bytes(), &first))
	for _, seed := range []string{
		withCursor(first.Cursor), withCursor(altered(first.Cursor)), withCursor(first.Cursor[4:]),
		`{}`, `{"limit":5}`, `{"limit":1e3}`, everything, `{"end_time":"2025-10-08T10:00:00+14:00"}`,
		`{"start_time":"0000-01-01T00:00:00Z"}`, `{"end_time":"9998-12-31T23:59:59.999999999Z"}`,
		`{"cursor":1,"limit":1}`, `[]`, `{"a":{"b":[`, "\xff", ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		w := serve(body)
		if w.Code != http.StatusOK {
			require.Equal(t, http.StatusBadRequest, w.Code)
			return
		}
		var p page
		require.NoError(t, json.Unmarshal(w.Body.Bytes(), &p))
		require.NotNil(t, p.Items)
		require.LessOrEqual(t, len(p.Items), 1000)
		require.Equal(t, http.StatusOK, serve(withCursor(p.Cursor)).Code, "the cursor of an answer must be valid")
	})
}
