package fakeapi

import (
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Fault changes answers. It wraps the paths of the API, including the check of the token. next is
// the API without the fault.
type Fault func(next http.Handler) http.Handler

// faultFunc is a Fault as one function.
func faultFunc(serve func(w http.ResponseWriter, r *http.Request, next http.Handler)) Fault {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { serve(w, r, next) })
	}
}

// Switch is an http.Handler that passes requests to another handler, with a fault that can be
// changed at any time. Make it with NewSwitch.
type Switch struct {
	handler http.Handler // without a fault

	mu      sync.Mutex // protects current
	current http.Handler
}

// NewSwitch returns a Switch without a fault.
func NewSwitch(handler http.Handler) *Switch { return &Switch{handler: handler, current: handler} }

// Set applies a fault to all further requests, or none if fault is nil. Requests that are being
// answered keep the fault that they began with.
func (s *Switch) Set(fault Fault) {
	handler := s.handler
	if fault != nil {
		handler = fault(handler)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = handler
}

// ServeHTTP answers a request.
func (s *Switch) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	handler := s.current
	s.mu.Unlock()
	handler.ServeHTTP(w, r)
}

// SetFault applies a fault to the API, as Switch.Set does.
func (s *Simulator) SetFault(f Fault) { s.api.Set(f) }

// when applies a fault to the requests for which applies returns true.
func when(applies func(*http.Request) bool, f Fault) Fault {
	return func(next http.Handler) http.Handler {
		faulty := f(next)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if applies(r) {
				faulty.ServeHTTP(w, r)
			} else {
				next.ServeHTTP(w, r)
			}
		})
	}
}

// On applies a fault to the requests whose path ends with path.
func On(path string, f Fault) Fault {
	return when(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, path) }, f)
}

// Times applies a fault to the first n requests.
func Times(n int, f Fault) Fault {
	return func(next http.Handler) http.Handler {
		var requests atomic.Int64
		return when(func(*http.Request) bool { return requests.Add(1) <= int64(n) }, f)(next)
	}
}

// Answer always sends the same answer.
func Answer(status int, header http.Header, body string) Fault {
	return faultFunc(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		maps.Copy(w.Header(), header.Clone())
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	})
}

// OtherShape answers with JSON that is neither a page nor an introspection.
func OtherShape() Fault {
	return Answer(http.StatusOK, http.Header{"Content-Type": {jsonType}}, `["this","is","no","page"]`)
}

// Oversize answers with a page that has one item and at least size bytes. The page is sent in
// pieces, so that size can exceed the memory.
func Oversize(size int64) Fault {
	return faultFunc(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		w.Header().Set("Content-Type", jsonType)
		_, _ = io.WriteString(w, `{"cursor":"oversize","has_more":false,"items":[{"padding":"`)
		piece := strings.Repeat("x", 32<<10)
		for left := size; left > 0; left -= int64(len(piece)) {
			if _, err := io.WriteString(w, piece); err != nil {
				return // the client closed the connection
			}
		}
		_, _ = io.WriteString(w, `"}]}`)
	})
}

// Cut closes the connection without an answer.
func Cut() Fault {
	return faultFunc(func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) })
}

// Truncate closes the connection after half of the body of the regular answer.
func Truncate() Fault {
	return faultFunc(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body := sendHeader(w, r, next)
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
}

// Slow sends the body of the regular answer in pieces, with a pause before each piece.
func Slow(pieces int, pause time.Duration) Fault {
	return faultFunc(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		body := sendHeader(w, r, next)
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

// Hang sends the regular answer after the channel is closed. With a nil channel it sends no answer.
// It ends if the client closes the connection or the server is closed.
func Hang(released <-chan struct{}) Fault {
	return faultFunc(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		select {
		case <-released:
			next.ServeHTTP(w, r)
		case <-r.Context().Done():
			panic(http.ErrAbortHandler)
		}
	})
}

// sendHeader sends the header of the regular answer, with the length of the whole body. It returns
// the body.
func sendHeader(w http.ResponseWriter, r *http.Request, next http.Handler) []byte {
	answer := httptest.NewRecorder()
	next.ServeHTTP(answer, r)
	maps.Copy(w.Header(), answer.Header())
	w.Header().Set("Content-Length", strconv.Itoa(answer.Body.Len()))
	w.WriteHeader(answer.Code)
	return answer.Body.Bytes()
}
