package fakeapi

import (
	"encoding/json"
	"net/http"
	"time"
)

// introspectPath tells about a token. It has this one form, whatever version
// the events are read in.
const introspectPath = "/api/v2/auth/introspect"

// introspection holds the members in the order of published payloads.
type introspection struct {
	UUID        string   `json:"uuid"` // the integration
	IssuedAt    string   `json:"issued_at"`
	Features    []string `json:"features"`
	AccountUUID string   `json:"account_uuid"`
}

// introspect answers with what a token grants.
func (s *Simulator) introspect(w http.ResponseWriter, _ *http.Request, granted claims) {
	answer := introspection{
		UUID:        granted.Subject,
		IssuedAt:    time.Unix(granted.IssuedAt, 0).UTC().Format(time.RFC3339),
		Features:    append([]string{}, granted.Features...), // [] rather than null
		AccountUUID: s.world.account,
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic("fakeapi: introspection is not JSON: " + err.Error())
	}
	w.Header().Set("Content-Type", jsonType)
	_, _ = w.Write(body)
}
