package fakeapi

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBody is the maximum size of a request body in bytes. Real ones have a few hundred bytes.
	maxBody = 16 << 10

	jsonType = "application/json; charset=utf-8"
)

// endpoint is one path of the API.
type endpoint struct {
	method  string
	feature string // feature that the token needs; "" for any valid token
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
	case err != nil: // the client closed the connection
		panic(http.ErrAbortHandler)
	default:
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.api.ServeHTTP(answer, r)
	}
	answer.setStatus(http.StatusOK) // net/http sends it if the handler wrote nothing
}

// serveAPI answers requests to the paths of the API without a fault.
func (s *Simulator) serveAPI(w http.ResponseWriter, r *http.Request) {
	called := s.endpoints[r.URL.Path]
	if r.Method != called.method {
		w.Header().Set("Allow", called.method)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	granted, refusal := s.checkToken(r.Header.Get("Authorization"), called.feature)
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

// pages returns the endpoint of an event type in a version of the API.
func (s *Simulator) pages(st *stream, version int) endpoint {
	return endpoint{
		method:  http.MethodPost,
		feature: st.name,
		serve: func(w http.ResponseWriter, r *http.Request, _ claims) {
			body, err := io.ReadAll(r.Body)
			c, ok := s.readRequest(body, st.name)
			if err != nil || !ok {
				s.fail(w, http.StatusBadRequest)
				return
			}
			s.sendPage(w, r, st, version, c)
		},
	}
}

// sendPage sends the page at the cursor. It does not use encoding/json, which would change the
// bytes of the items.
func (s *Simulator) sendPage(w http.ResponseWriter, r *http.Request, st *stream, version int, c cursor) {
	items, next := st.page(c, s.options.Now())
	more := len(items) == c.Limit || len(items) == 0 && s.options.MoreOnEmptyPage

	var page bytes.Buffer
	fmt.Fprintf(&page, `{"cursor":%q,"has_more":%t,"items":[`, next.encode(s.cursorKey), more)
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
	zipped := must(gzip.NewWriterLevel(w, gzip.BestSpeed))
	_, _ = zipped.Write(page.Bytes())
	_ = zipped.Close()
}

// fail sends an error in one of the two shapes of the API.
func (s *Simulator) fail(w http.ResponseWriter, status int) {
	body := fmt.Sprintf(`{"Error":{"Message":%q}}`, http.StatusText(status))
	if s.options.Flat {
		body = fmt.Sprintf(`{"status":%d,"message":%q}`, status, http.StatusText(status))
	}
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}
