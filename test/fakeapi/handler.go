package fakeapi

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// maxBody bounds the request body that is read, in bytes. Real ones have a few
// hundred.
const maxBody = 16 << 10

// endpoint is one path of the API.
type endpoint struct {
	method  string
	feature string // the token must have; "" if any token will do
	serve   func(http.ResponseWriter, *http.Request, claims)
}

// ServeHTTP answers a request and records it.
func (s *Simulator) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	recorder := &s.recorder
	if r.URL.Path == introspectPath {
		recorder = &s.introspections
	}
	answer := recorder.start(w, r, body, s.options.Now())

	var tooLarge *http.MaxBytesError
	switch _, known := s.endpoints[r.URL.Path]; {
	case !known:
		http.NotFound(answer, r)
	case errors.As(err, &tooLarge):
		s.fail(answer, http.StatusBadRequest)
	case err != nil: // the client has gone
		panic(http.ErrAbortHandler)
	default:
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.current().ServeHTTP(answer, r)
	}
	answer.note(http.StatusOK) // what net/http sends for a handler that wrote nothing
}

// serveAPI answers requests to the paths of the API when no fault is set.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	called := s.endpoints[r.URL.Path]
	if r.Method != called.method {
		w.Header().Set("Allow", called.method)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	granted, refusal := s.check(r.Header.Get("Authorization"), called.feature)
	if refusal != 0 {
		s.fail(w, refusal)
		return
	}
	if wait := s.limiter.admit(s.options.Now()); wait > 0 {
		if s.options.RateLimit.RetryAfter {
			w.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
		}
		s.fail(w, http.StatusTooManyRequests)
		return
	}
	called.serve(w, r, granted)
}

// pages is the endpoint of an event type in a version of the API.
func (s *Simulator) pages(st *stream, version int) endpoint {
	return endpoint{method: http.MethodPost, feature: st.name, serve: func(w http.ResponseWriter, r *http.Request, _ claims) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			s.fail(w, http.StatusBadRequest)
			return
		}
		c, ok := s.readRequest(body, st.name)
		if !ok {
			s.fail(w, http.StatusBadRequest)
			return
		}
		s.answer(w, r, st, version, c)
	}}
}

// answer writes the page the cursor asks for. It is put together by hand
// because encoding/json would rewrite the items.
func (s *Simulator) answer(w http.ResponseWriter, r *http.Request, st *stream, version int, c cursor) {
	items, next := st.page(c)
	more := len(items) == c.Limit || len(items) == 0 && s.options.MoreOnEmptyPage

	var page bytes.Buffer
	page.WriteString(`{"cursor":"` + next.encode(s.cursorKey) + `","has_more":` + strconv.FormatBool(more) + `,"items":[`)
	for i, raw := range items {
		if i > 0 {
			page.WriteByte(',')
		}
		if version == 1 {
			raw = without(raw, st.v2Only)
		}
		page.Write(raw)
	}
	page.WriteString("]}")

	w.Header().Set("Content-Type", jsonType)
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = w.Write(page.Bytes())
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	zipped := gzip.NewWriter(w)
	_, _ = zipped.Write(page.Bytes())
	_ = zipped.Close()
}

const jsonType = "application/json; charset=utf-8"

// fail answers with an error in one of the two shapes known of the API.
func (s *Simulator) fail(w http.ResponseWriter, status int) {
	message, _ := json.Marshal(http.StatusText(status))
	body := `{"Error":{"Message":` + string(message) + `}}`
	if s.options.Flat {
		body = `{"status":` + strconv.Itoa(status) + `,"message":` + string(message) + `}`
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
