package e2e

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
	"github.com/eventsapibeat/eventsapibeat/test/harness/rig"
)

// cannotRead is what the log says when the Events API answers with no page.
const cannotRead = "the Events API cannot be read; retrying"

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

func TestExpiredTokenIsReportedAndLeftToTheAPIToJudge(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	expired := r.Sim.Token(fakeapi.TokenOptions{Audience: []string{r.Host}, Features: []string{rig.SignIns}, ExpiresAt: time.Now().Add(-time.Hour)})
	process := r.Start(rig.Replace(t, r.impatient(), r.Token, expired), "-e")
	r.Eventually(func() bool { return strings.Contains(process.Stderr(), "1Password does not accept the token") }, "the API refuses the token")
	assert.Contains(t, process.Stderr(), "the token of eventsapibeat.signin_attempts expired on ")
	r.Stop(process, os.Interrupt)
	assert.Zero(t, r.ledger.Count())
}

func TestTokenFileThatIsMissingAtStartupIsReadOnceItIsThere(t *testing.T) {
	t.Parallel()
	r := newBench(t)
	r.Generate(5, 30)
	file := filepath.Join(t.TempDir(), "token")
	config := strings.ReplaceAll(r.impatient(), `auth_token: "`+r.Token+`"`, `auth_token_file: "`+file+`"`)
	status, _ := r.Run(config, "test", "config")
	assert.Zero(t, status, "a file that is missing for now is no error of the configuration")
	process := r.Start(config, "-e")
	r.Eventually(func() bool { return strings.Contains(process.Stderr(), "this event type cannot be collected yet") }, "the log says what is missing")
	assert.Contains(t, process.Stderr(), file)
	require.NoError(t, os.WriteFile(file+".new", []byte(r.Token+"\n"), 0o600))
	require.NoError(t, os.Rename(file+".new", file))
	r.arrived()
	r.Stop(process, os.Interrupt)
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
