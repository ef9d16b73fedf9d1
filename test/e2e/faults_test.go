package e2e

import (
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// cannotRead is logged when the Events API does not answer with a page.
const cannotRead = "the Events API cannot be read; retrying"

func TestEveryErrorOfTheConfigurationIsReportedAndNothingIsSent(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	config := harness.Replace(t, h.published(),
		`sample_frequency: "10s"`, `sample_frequncy: "10s"`,
		`"limit": 1000, "start_time": "2020-01-01T00:00:00Z"`, `"limit": 1001, "start_time": "yesterday"`,
		"itemusages.eventsapibeatstate", "signinattempts.eventsapibeatstate",
		h.Token, "some.secret.text")
	status, process := h.Run(config)
	assert.Equal(t, 78, status)
	for _, eventType := range harness.Published() {
		for _, message := range []string{
			`sample_frequncy: unknown key; expected one of cursor_overlap, cursor_state_file, `,
			`starting_cursor.limit: "1001" is not valid; expected a whole number from 1 to 1000`,
			`starting_cursor.start_time: "yesterday" is not valid; expected a time as in RFC 3339`,
			`auth_token: is not a JSON Web Token`,
		} {
			assert.Contains(t, process.Stderr(), "eventsapibeat."+eventType.Section+"."+message)
		}
	}
	assert.Contains(t, process.Stderr(), "eventsapibeat.item_usages.cursor_state_file: ")
	assert.NotContains(t, process.Stderr(), "secret")
	assert.Empty(t, h.Sim.Requests())
	assert.Zero(t, h.recorder.Requests())
}

func TestExpiredTokenIsLoggedAndStillSentToTheAPI(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	expired := h.Sim.Token(fakeapi.TokenOptions{
		Audience: []string{h.Host}, Features: []string{harness.SignIns}, ExpiresAt: time.Now().Add(-time.Hour),
	})
	process := h.Start(harness.Replace(t, h.everySecond(), h.Token, expired), "-e")
	for _, message := range []string{
		"1Password does not accept the token", "the token of eventsapibeat.signin_attempts expired on ",
	} {
		h.Eventually(func() bool { return strings.Contains(process.Stderr(), message) }, "the log says: "+message)
	}
	h.Stop(process, os.Interrupt)
	assert.Zero(t, h.recorder.Count())
}

func TestTokenFileThatIsMissingAtStartupIsReadOnceItExists(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(5, 30)
	const name = "late-token-file"
	config := harness.Replace(t, h.everySecond(), `auth_token: "`+h.Token+`"`, `auth_token_file: "`+name+`"`)
	status, _ := h.Run(config, "test", "config")
	assert.Zero(t, status, "a missing file is not an error of the configuration")
	process := h.Start(config, "-e")
	h.Eventually(func() bool {
		return slices.ContainsFunc(process.Logs(), func(entry harness.LogEntry) bool {
			return strings.Contains(entry.Message, "this event type cannot be collected yet") &&
				strings.Contains(entry.Line, name)
		})
	}, "the log says what is missing")
	h.WriteFile(name, h.Token+"\n")
	h.arrived()
	h.Stop(process, os.Interrupt)
}

func TestErrorOfOneEventTypeDoesNotAffectTheOther(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Sim.SetFault(onSignIns(fakeapi.Answer(http.StatusInternalServerError, nil, "")))
	h.Generate(20, 30)
	process := h.Start(h.everySecond(), "-e")
	h.Eventually(func() bool { return h.recorder.Count() == 20 && h.failures() >= 2 },
		"one event type arrives, the other fails repeatedly")
	h.Sim.Generate(harness.ItemUsages, 5, time.Now().Add(-time.Minute), time.Now())
	h.Eventually(func() bool { return h.recorder.Count() == 25 }, "new events of the healthy type arrive")
	assert.Empty(t, h.recorder.Documents("*-"+harness.SignIns+"-*"))
	h.Eventually(func() bool { return slices.Contains(process.Messages("warn"), cannotRead) }, "the failure is logged")
	select {
	case <-process.Ended():
		assert.Fail(t, "the process ended")
	default:
	}

	h.Sim.SetFault(nil)
	h.arrived()
}

// failures returns the number of requests for sign-in attempts that were answered with an error.
func (h *testBeat) failures() int {
	failures := 0
	for _, request := range h.Sim.Requests() {
		if request.Status >= http.StatusInternalServerError {
			failures++
		}
	}
	return failures
}

// onSignIns applies a fault to the requests for one event type only.
func onSignIns(fault fakeapi.Fault) fakeapi.Fault { return fakeapi.On(harness.SignIns, fault) }
