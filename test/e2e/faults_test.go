package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// cannotRead is what the log says when the Events API answers with no page.
const cannotRead = "the Events API can't be read; trying again"

func TestBadConfigurationIsToldWholeAndNothingIsSent(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	config := rig.Replace(t, r.published(),
		`sample_frequency: "10s"`, `sample_frequncy: "10s"`,
		`"limit": 1000, "start_time": "2020-01-01T00:00:00Z"`, `"limit": 1001, "start_time": "yesterday"`,
		"itemusages.eventsapibeatstate", "signinattempts.eventsapibeatstate",
		r.Token, "some.secret.text")
	status, process := r.Run(config)
	assert.Equal(t, 1, status)
	for _, eventType := range []string{"signin_attempts", "item_usages"} {
		for _, fault := range []string{
			`sample_frequncy: unknown key; expected one of cursor_overlap, cursor_state_file, `,
			`starting_cursor.limit: "1001" is not valid; expected a whole number from 1 to 1000`,
			`starting_cursor.start_time: "yesterday" is not valid; expected a time as in RFC 3339`,
			`auth_token: is not a JSON Web Token`,
		} {
			assert.Contains(t, process.Stderr(), "eventsapibeat."+eventType+"."+fault)
		}
	}
	assert.Contains(t, process.Stderr(), "eventsapibeat.item_usages.cursor_state_file: ")
	assert.NotContains(t, process.Stderr(), "secret")
	assert.Empty(t, r.Sim.Requests())
	assert.Zero(t, r.ledger.Requests())
}

func TestExpiredTokenOfTheOnlyEventTypeEndsTheBeatBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	expired := r.Sim.Token(fakeapi.TokenOptions{Audience: []string{r.Host}, Features: []string{rig.SignIns}, ExpiresAt: time.Now().Add(-time.Hour)})
	config := rig.Replace(t, r.published(), r.Token, expired)
	itemUsagesOff := strings.Replace(config, "  item_usages:\n    enabled: true", "  item_usages:\n    enabled: false", 1)
	status, process := r.Run(itemUsagesOff)
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "eventsapibeat.signin_attempts.auth_token: the token expired on ")
	assert.Contains(t, process.Stderr(), "issue a new one")
	assert.Empty(t, r.Sim.Requests())
	assert.Zero(t, r.ledger.Requests())
}

func TestErrorOfOneEventTypeLeavesTheOtherAtWork(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Sim.SetFault(onSignIns(fakeapi.Answer(http.StatusInternalServerError, nil, "")))
	r.Generate(20, 30)
	process := r.Start(r.impatient(), "-e")
	r.Eventually(func() bool { return r.ledger.Count() == 20 && r.failures() >= 2 }, "one event type arrives, the other fails again and again")
	r.Sim.Generate(rig.ItemUsages, 5, time.Now().Add(-time.Minute), time.Now())
	r.Eventually(func() bool { return r.ledger.Count() == 25 }, "new events of the healthy type arrive")
	assert.Empty(t, r.ledger.Documents("*-"+rig.SignIns+"-*"))
	assert.Contains(t, rig.Messages(process, "warn"), cannotRead)
	select {
	case <-process.Ended():
		assert.Fail(t, "the process ended")
	default:
	}

	r.Sim.SetFault(nil)
	r.arrived()
}

// failures is how many requests for sign-in attempts got an error.
func (r *bench) failures() int {
	failures := 0
	for _, request := range r.Sim.Requests() {
		if request.Status >= http.StatusInternalServerError {
			failures++
		}
	}
	return failures
}

// onSignIns spoils the answers for one event type only.
func onSignIns(fault fakeapi.Fault) fakeapi.Fault { return fakeapi.On(rig.SignIns, fault) }
