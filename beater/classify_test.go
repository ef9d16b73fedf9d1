package beater

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

func answer(status int) *eventsapi.Error { return &eventsapi.Error{StatusCode: status} }

// apiAnswer is an answer in the API's own shape.
func apiAnswer(status int) *eventsapi.Error {
	return &eventsapi.Error{StatusCode: status, FromAPI: true}
}

func TestClassOfAnError(t *testing.T) {
	cases := map[string]struct {
		err  error
		want class
	}{
		"connection":   {io.ErrUnexpectedEOF, unavailable},
		"no page":      {errors.New("not a page of events"), unavailable},
		"500":          {answer(500), unavailable},
		"502":          {answer(502), unavailable},
		"301":          {answer(301), unavailable},
		"429":          {answer(429), throttled},
		"503":          {answer(503), unavailable},
		"503 for 5 s":  {&eventsapi.Error{StatusCode: 503, RetryAfter: 5 * time.Second}, waiting},
		"401":          {answer(401), unauthorized},
		"403":          {answer(403), unauthorized},
		"404":          {answer(404), notFound},
		"400":          {apiAnswer(400), refused},
		"proxy's 400":  {answer(400), unavailable},
		"wrapped 400":  {errors.Join(errors.New("a"), apiAnswer(400)), refused},
		"teapot":       {answer(418), unavailable},
		"proxy's 407":  {answer(407), unavailable},
		"too large":    {answer(413), unavailable},
		"unauthorised": {answer(451), unavailable},
		"no feature":   {missingFeatureError{itemUsages, answer(401)}, missingFeature},
		"no start":     {startError{os.ErrNotExist}, notStarted},
		"panic":        {newPanicError("any"), panicked},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, classify(tc.err)) })
	}
}

func TestCursorIsRefusedOnlyIfTheAPIItselfSaysSoOrRepeatsItself(t *testing.T) {
	cases := map[string]struct {
		err   error
		again bool
		want  bool
	}{
		"says so": {
			&eventsapi.Error{StatusCode: 400, Message: "Invalid Cursor", FromAPI: true},
			false,
			true,
		},
		"a firewall's page": {
			&eventsapi.Error{StatusCode: 400, Message: "<style>a{cursor:pointer}</style>"},
			false,
			false,
		},
		"a firewall's page twice": {
			&eventsapi.Error{StatusCode: 400, Message: "<style>a{cursor:pointer}</style>"},
			true,
			false,
		},
		"bad request once": {
			&eventsapi.Error{StatusCode: 400, Message: "Bad Request", FromAPI: true},
			false,
			false,
		},
		"bad request twice": {
			&eventsapi.Error{StatusCode: 400, Message: "Bad Request", FromAPI: true},
			true,
			true,
		},
		"not found by the API": {
			&eventsapi.Error{StatusCode: 404, Message: "Not Found", FromAPI: true},
			false,
			true,
		},
		"not found by a wrong host": {&eventsapi.Error{StatusCode: 404, Message: "404 page not found"}, true, false},
		"unauthorized":              {&eventsapi.Error{StatusCode: 401, Message: "cursor", FromAPI: true}, true, false},
		"server error":              {&eventsapi.Error{StatusCode: 500, Message: "cursor"}, true, false},
		"connection":                {io.EOF, true, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, refusesCursor(tc.err, tc.again)) })
	}
}

func TestRetryWait(t *testing.T) {
	const sample = 10 * time.Second
	limited := func(after time.Duration) error { return &eventsapi.Error{StatusCode: 429, RetryAfter: after} }
	cases := map[string]struct {
		err    error
		before int
		sample time.Duration
		jitter float64
		want   time.Duration
	}{
		"first error":               {io.EOF, 0, sample, 0, time.Second},
		"first error, most jitter":  {io.EOF, 0, sample, 1, 2 * time.Second},
		"third error":               {io.EOF, 2, sample, 0.5, 6 * time.Second},
		"after many":                {io.EOF, 50, sample, 0, 30 * time.Second},
		"at most a minute":          {io.EOF, 50, sample, 1, time.Minute},
		"server error":              {answer(500), 1, sample, 0, 2 * time.Second},
		"asked to wait":             {limited(90 * time.Second), 5, sample, 1, 90 * time.Second},
		"asked to wait for an hour": {limited(time.Hour), 0, sample, 0, time.Hour},
		"no time given":             {limited(0), 0, sample, 0, time.Second},
		"unavailable, no time":      {answer(503), 1, sample, 0, 2 * time.Second},
		"not started":               {startError{os.ErrNotExist}, 0, sample, 0, time.Second},
		"panic":                     {newPanicError("any"), 2, sample, 0, 4 * time.Second},
		"unavailable, with a time": {
			&eventsapi.Error{StatusCode: 503, RetryAfter: 5 * time.Second},
			9,
			sample,
			1,
			5 * time.Second,
		},
		"token refused":             {answer(401), 0, sample, 1, sample},
		"token refused again":       {answer(403), 2, sample, 1, 40 * time.Second},
		"token refused for long":    {answer(401), 30, sample, 1, time.Minute},
		"rare polls, token refused": {answer(401), 30, time.Hour, 1, time.Hour},
		"not found":                 {answer(404), 1, sample, 0, 20 * time.Second},
		"request refused":           {apiAnswer(400), 0, time.Second, 0, time.Second},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, retryWait(tc.err, tc.before, tc.sample, tc.jitter)) })
	}
}
