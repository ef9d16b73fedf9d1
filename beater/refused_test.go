package beater

import (
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// bodies are the request bodies so far.
func (r *rig) bodies() []string {
	var bodies []string
	for _, request := range r.sim.Requests() {
		bodies = append(bodies, string(request.Body))
	}
	return bodies
}

func TestRefusedCursorStartsAgainAtTheNewestAcknowledgedEvent(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	now := time.Now().UTC()
	newest := now.Add(-48 * time.Hour)
	r.sim.Generate(signIns, 20, newest.Add(-100*time.Hour), newest.Add(-50*time.Hour)) // long acknowledged
	r.sim.Generate(signIns, 30, newest.Add(-20*time.Hour), now)
	r.writeState(r.ownState("a cursor of another age", newest, now), now)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= 30 }, "all events since the overlap arrive")
	assert.Equal(t, r.sim.UUIDs(signIns)[20:], r.out.ids(signIns))
	assert.Equal(t, 1, r.logged("the Events API refuses the cursor"))
	entry := r.logs.FilterMessageSnippet("the Events API refuses the cursor").All()[0].ContextMap()
	assert.Equal(t, newest.Add(-24*time.Hour).Format(time.RFC3339Nano), entry["window.start"])
	assert.Equal(t, "now", entry["window.end"])
	r.eventually(
		func() bool { return r.storedCursor(signIns) != "a cursor of another age" },
		"the new cursor is stored",
	)
}

func TestWindowReadAgainNeverBeginsBeforeTheStartingCursor(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	newest, start := now.Add(-48*time.Hour), now.Add(-50*time.Hour).Format("2006-01-02T15:04:05-00:00")
	for name, tc := range map[string]struct{ start, want string }{
		"start within the overlap": {start, start},
		"start before the overlap": {"2020-01-01T00:00:00Z", newest.Add(-24 * time.Hour).Format(time.RFC3339Nano)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.writeState(r.ownState("a cursor of another age", newest, now), now)
			r.start(r.signInsOnly(fmt.Sprintf(", starting_cursor: {limit: 10, start_time: %q}", tc.start)))
			want := fmt.Sprintf(`{"limit":10,"start_time":%q}`, tc.want)
			r.eventually(func() bool { return slices.Contains(r.bodies(), want) }, "reading starts again")
			assert.Equal(
				t,
				tc.want,
				r.logs.FilterMessageSnippet("the Events API refuses the cursor").All()[0].ContextMap()["window.start"],
			)
		})
	}
}

func TestWindowReadAgainBeginsAtTheLastPollIfThereWasNoEvent(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC().Truncate(time.Second)
	confirmed, ahead := now.Add(-48*time.Hour), now.Add(1000*time.Hour).Format(time.RFC3339)
	for name, tc := range map[string]struct{ times, want string }{
		"last poll":     {fmt.Sprintf(`"confirmed":%q`, confirmed.Format(time.RFC3339)), fmt.Sprintf(`,"start_time":%q`, confirmed.Add(-24*time.Hour).Format(time.RFC3339))},
		"clock ahead":   {fmt.Sprintf(`"confirmed":%q,"newest_event":%q`, ahead, ahead), ""},
		"event, poll":   {fmt.Sprintf(`"newest_event":%q,"confirmed":%q`, confirmed.Format(time.RFC3339), now.Format(time.RFC3339)), fmt.Sprintf(`,"start_time":%q`, confirmed.Add(-24*time.Hour).Format(time.RFC3339))},
		"nothing known": {`"written":"2026-01-01T00:00:00Z"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.writeState(
				fmt.Sprintf(
					`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":"abc",%s}`,
					r.host,
					tc.times,
				),
				now,
			)
			r.start(r.signInsOnly(", starting_cursor: {limit: 10}"))
			want := fmt.Sprintf(`{"limit":10%s}`, tc.want)
			r.eventually(func() bool { return slices.Contains(r.bodies(), want) }, "reading starts again")
			start := r.logs.FilterMessageSnippet("the Events API refuses the cursor").All()[0].ContextMap()["window.start"]
			assert.NotEmpty(t, start)
			assert.Equal(t, tc.want == "", start == "one hour ago", "what the API takes a missing start_time for")
		})
	}
}

func TestCursorsThatAreRefusedAgainAndAgainAreWarnedOfOnceAndAskedForLessOften(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.writeState(legacyLine("AAAA=="), time.Now())
	r.sim.SetFault(answerByCursor(func(cursor string) (int, string) {
		if cursor == "" {
			return http.StatusOK, pageOf("BBBB==", false, "U1")
		}
		return http.StatusBadRequest, `{"Error":{"Message":"invalid cursor"}}`
	}))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool {
		return slices.ContainsFunc(r.waited(), func(wait time.Duration) bool { return wait >= 8*time.Second })
	}, "the waits grow")
	r.eventually(func() bool { return r.degraded(signIns) == "refused" }, "it is degraded") // between two rounds
	require.NoError(t, r.stop())
	refused := r.logs.FilterMessageSnippet("the Events API refuses the cursor")
	assert.Equal(t, 1, refused.FilterLevelExact(zap.WarnLevel).Len())
	assert.Equal(
		t,
		1,
		r.logged("of 1Password's own Beat; reading from starting_cursor"),
		"the later cursors are our own",
	)
	assert.Greater(t, len(r.out.ids(signIns)), 1, "the window is really read again: the output may have lost it")
}

func TestPositionSurvivesA400ThatIsNotOfTheAPI(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"page of a firewall": "<html><style>a{cursor:pointer}</style>Your request was blocked",
		"JSON of a gateway":  `{"message":"cursor rejected"}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.generate(5)
			r.start(r.signInsOnly(""))
			r.arrivedSignIns(5)
			r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the cursor is stored")
			before := len(r.sim.Requests())
			r.sim.SetFault(fakeapi.Answer(http.StatusBadRequest, nil, body))
			r.eventually(func() bool { return len(r.sim.Requests()) >= before+3 }, "it is refused again and again")
			r.sim.SetFault(nil)
			r.generate(3)
			r.arrivedSignIns(8)
			assert.Zero(t, r.logged("the Events API refuses the cursor"))
			for _, body := range r.bodies()[before:] {
				assert.Contains(t, body, `"cursor"`)
			}
		})
	}
}

func TestRefusedCursorBeforeAnyEventMeansTheStartingCursor(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(10)
	r.writeState(
		fmt.Sprintf(
			`{"version":1,"event_type":"signinattempts","api_host":%q,"api_version":"v2","cursor":"abc","written":%q}`,
			r.host,
			time.Now().Format(time.RFC3339),
		),
		time.Now(),
	)
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 10 }, "all events arrive")
	assert.Contains(t, r.bodies(), `{"limit":1000,"start_time":"2020-01-01T00:00:00Z"}`)
}

func TestRequestThatIsRefusedIsShownWithTheMessage(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.generate(10)
	r.sim.SetFault(fakeapi.Times(3, fakeapi.Answer(400, nil, `{"Error":{"Message":"limit too large"}}`)))
	r.start(r.signInsOnly(", starting_cursor: {limit: 7, start_time: 2020-01-01T00:00:00Z}"))
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 10 }, "it recovers by itself")
	entries := r.logs.FilterMessageSnippet("refuses the request; check signin_attempts.starting_cursor").All()
	require.NotEmpty(t, entries)
	text := fmt.Sprint(entries[0].ContextMap()["error"])
	assert.Contains(t, text, "limit too large")
	assert.Contains(t, text, `{"limit":7,"start_time":"2020-01-01T00:00:00Z"}`)
}
