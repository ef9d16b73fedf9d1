package fakeapi

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Fault spoils answers. It wraps the API's paths, token check and all; next is
// the API as it works without the fault.
type Fault func(next http.Handler) http.Handler

// SetFault makes the API fail from the next request on; nil makes it work
// again. Requests that are being answered keep the fault they met.
func (s *Simulator) SetFault(f Fault) {
	var handler http.Handler = http.HandlerFunc(s.serveAPI)
	if f != nil {
		handler = f(handler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = handler
}

func (s *Simulator) current() http.Handler {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.handler
}

// On spoils only the requests whose path ends like that.
func On(path string, f Fault) Fault {
	return func(next http.Handler) http.Handler {
		spoilt := f(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, path) {
				spoilt.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// Times spoils the first n requests and lets all later ones pass.
func Times(n int, f Fault) Fault {
	return func(next http.Handler) http.Handler {
		var met atomic.Int64
		spoilt := f(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if met.Add(1) <= int64(n) {
				spoilt.ServeHTTP(w, r)
			} else {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// Answer always gives the same answer.
func Answer(status int, header http.Header, body string) Fault {
	return always(func(w http.ResponseWriter, _ *http.Request) {
		maps.Copy(w.Header(), header.Clone())
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// OtherShape answers with JSON that is no page and no introspection.
func OtherShape() Fault {
	return Answer(http.StatusOK, http.Header{"Content-Type": {jsonType}}, `["this","is","no","page"]`)
}

// Oversize answers with a page whose only item makes it at least size bytes
// long. It is sent in pieces, so that size may exceed memory.
func Oversize(size int64) Fault {
	return always(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.WriteString(w, `{"cursor":"oversize","has_more":false,"items":[{"padding":"`)
		piece := strings.Repeat("x", 32<<10)
		for left := size; left > 0; left -= int64(len(piece)) {
			if _, err := io.WriteString(w, piece); err != nil {
				return // the client has had enough
			}
		}
		_, _ = io.WriteString(w, `"}]}`)
	})
}

// Cut closes the connection without an answer.
func Cut() Fault {
	return always(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
}

// Truncate closes the connection after half of the proper answer's body.
func Truncate() Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := sendHeader(w, capture(next, r))
			_, _ = w.Write(body[:len(body)/2])
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		})
	}
}

// Slow sends the body of the proper answer in so many pieces with a pause
// before each.
func Slow(pieces int, pause time.Duration) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := sendHeader(w, capture(next, r))
			for left := pieces; left > 0; left-- {
				_ = http.NewResponseController(w).Flush()
				select {
				case <-r.Context().Done():
					panic(http.ErrAbortHandler)
				case <-time.After(pause):
				}
				size := len(body) / left
				_, _ = w.Write(body[:size])
				body = body[size:]
			}
		})
	}
}

// Hang withholds the proper answer until the channel is closed. A client that
// goes away, or the server's end, ends the wait too; a nil channel leaves only
// these.
func Hang(released <-chan struct{}) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-released:
				next.ServeHTTP(w, r)
			case <-r.Context().Done():
				panic(http.ErrAbortHandler)
			}
		})
	}
}

func always(answer http.HandlerFunc) Fault {
	return func(http.Handler) http.Handler { return answer }
}

// captured is an answer that was not sent yet.
type captured struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func capture(next http.Handler, r *http.Request) *captured {
	c := &captured{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(c, r)
	return c
}

func (c *captured) Header() http.Header         { return c.header }
func (c *captured) WriteHeader(status int)      { c.status = status }
func (c *captured) Write(p []byte) (int, error) { return c.body.Write(p) }

// sendHeader promises the whole body, whatever becomes of it, and returns it.
func sendHeader(w http.ResponseWriter, c *captured) []byte {
	maps.Copy(w.Header(), c.header)
	w.Header().Set("Content-Length", strconv.Itoa(c.body.Len()))
	w.WriteHeader(c.status)
	return c.body.Bytes()
}
