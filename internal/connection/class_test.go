package connection

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
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
		want Class
	}{
		"connection":   {io.ErrUnexpectedEOF, Unavailable},
		"no page":      {errors.New("not a page of events"), Unavailable},
		"500":          {answer(500), Unavailable},
		"502":          {answer(502), Unavailable},
		"301":          {answer(301), Unavailable},
		"429":          {answer(429), Throttled},
		"503":          {answer(503), Unavailable},
		"503 for 5 s":  {&eventsapi.Error{StatusCode: 503, RetryAfter: 5 * time.Second}, Waiting},
		"401":          {answer(401), Unauthorized},
		"403":          {answer(403), Unauthorized},
		"404":          {answer(404), NotFound},
		"400":          {apiAnswer(400), Refused},
		"proxy's 400":  {answer(400), Unavailable},
		"wrapped 400":  {errors.Join(errors.New("a"), apiAnswer(400)), Refused},
		"teapot":       {answer(418), Unavailable},
		"proxy's 407":  {answer(407), Unavailable},
		"too large":    {answer(413), Unavailable},
		"unauthorised": {answer(451), Unavailable},
		"certificate":  {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, Untrusted},
		"host name":    {fmt.Errorf("GET: %w", x509.HostnameError{}), Untrusted},
		"old":          {x509.CertificateInvalidError{Reason: x509.Expired}, Untrusted},
		"no feature":   {Error{MissingFeature, answer(401)}, MissingFeature},
		"no start":     {Error{NotStarted, os.ErrNotExist}, NotStarted},
		"panic":        {fmt.Errorf("round: %w", Error{Panicked, answer(500)}), Panicked},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, Classify(tc.err)) })
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
		t.Run(name, func(t *testing.T) { assert.Equal(t, tc.want, RefusesCursor(tc.err, tc.again)) })
	}
}
