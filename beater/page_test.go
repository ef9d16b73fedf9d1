package beater

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"github.com/elastic/elastic-agent-libs/mapstr"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// answerByCursor is an API for sign-in attempts whose status and body depend on the cursor of the
// request; "" is a request without a cursor. With status 0 the simulator answers.
func answerByCursor(answer func(cursor string) (status int, body string)) fakeapi.Fault {
	return fakeapi.On(signIns, func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var request struct{ Cursor string }
			_ = json.NewDecoder(r.Body).Decode(&request) // the client's own body is JSON
			status, body := answer(request.Cursor)
			if status == 0 {
				next.ServeHTTP(w, r)
				return
			}
			fakeapi.Answer(status, nil, body)(next).ServeHTTP(w, r)
		})
	})
}

// pagesByCursor is an API that answers a request with the page of its cursor.
func pagesByCursor(pages map[string]string) fakeapi.Fault {
	return answerByCursor(func(cursor string) (int, string) {
		if page, ok := pages[cursor]; ok {
			return http.StatusOK, page
		}
		return 0, ""
	})
}

// pageOf is a page with one item for each uuid.
func pageOf(cursor string, more bool, uuids ...string) string {
	items := make([]string, 0, len(uuids))
	for _, uuid := range uuids {
		items = append(items, fmt.Sprintf(`{"uuid":%q,"timestamp":"2026-03-01T12:00:00Z"}`, uuid))
	}
	return fmt.Sprintf(`{"cursor":%q,"has_more":%t,"items":[%s]}`, cursor, more, strings.Join(items, ","))
}

func TestRepeatedPageIsPublishedOnce(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		pages map[string]string
		ids   []string
	}{
		"the same cursor": {
			map[string]string{"": pageOf("A", false, "U1"), "A": pageOf("A", false, "U2")},
			[]string{"U1", "U2"},
		},
		"the same cursor, has_more": {
			map[string]string{"": pageOf("A", true, "U1"), "A": pageOf("A", true, "U2")},
			[]string{"U1", "U2"},
		},
		"a cycle": {
			map[string]string{
				"":  pageOf("A", false, "U1"),
				"A": pageOf("B", false, "U2"),
				"B": pageOf("A", false, "U3"),
			},
			[]string{"U1", "U2", "U3"},
		},
		"a cycle, has_more": {
			map[string]string{
				"":  pageOf("A", true, "U1"),
				"A": pageOf("B", true, "U2"),
				"B": pageOf("C", true),
				"C": pageOf("A", true, "U3"),
			},
			[]string{"U1", "U2", "U3"},
		},
		"a cycle of empty pages, has_more": {
			map[string]string{"": pageOf("A", true, "U1"), "A": pageOf("B", true), "B": pageOf("A", true)},
			[]string{"U1"},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			r.sim.SetFault(pagesByCursor(tc.pages))
			begin := time.Now() // the first request may arrive late
			r.start(r.signInsOnly(""))
			r.eventually(func() bool { return r.logged("sends a page again") >= 4 }, "pages come again")
			require.NoError(t, r.stop())
			assert.Equal(t, tc.ids, r.out.ids(signIns))
			assert.Equal(
				t,
				1,
				r.logs.FilterMessageSnippet("sends a page again").FilterLevelExact(zap.WarnLevel).Len(),
				"warned of once",
			)
			requests := r.sim.Requests()
			for cursor := range tc.pages {
				if !strings.Contains(tc.pages[""], fmt.Sprintf("%q", cursor)) && cursor != "" {
					asked := strings.Count(strings.Join(r.bodies(), ""), fmt.Sprintf(`{"cursor":%q}`, cursor))
					assert.GreaterOrEqual(t, asked, 2, "the poller follows the cycle to %s", cursor)
				}
			}
			took := requests[len(requests)-1].Time.Sub(begin)
			assert.LessOrEqual(
				t,
				len(requests),
				int(took/(time.Second/speed))+2+len(tc.pages),
				"polled at sample_frequency",
			)
		})
	}
}

func TestPollerGoesOnWhenTheAPINoLongerRepeatsItself(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.SetFault(pagesByCursor(map[string]string{"": pageOf("A", true, "U1"), "A": pageOf("A", true, "U2")}))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("sends a page again") >= 1 }, "the page comes again")
	r.sim.SetFault(pagesByCursor(map[string]string{"A": pageOf("B", true, "U2", "U3"), "B": pageOf("B", false)}))
	r.eventually(func() bool { return r.storedCursor(signIns) == "B" }, "the position moves")
	assert.Equal(
		t,
		[]string{"U1", "U2", "U2", "U3"},
		r.out.ids(signIns),
		"a page that differs is a new one; Elasticsearch keeps U2 once",
	)
}

func TestItemsOfAPageWithoutACursorArePublishedOnceAndThePositionStays(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.SetFault(pagesByCursor(map[string]string{"": pageOf("A", false, "U1"), "A": pageOf("", true, "U2", "U3")}))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.logged("sends a page again") >= 2 }, "the page comes again")
	r.eventually(func() bool { return len(r.out.ids(signIns)) >= 3 }, "its items arrive")
	assert.Equal(t, []string{"U1", "U2", "U3"}, r.out.ids(signIns))
	assert.Equal(t, 1, r.logged("sent a page without a cursor; its events are published, the position stays"))
	r.eventually(func() bool { return r.storedCursor(signIns) == "A" }, "the cursor before that page is stored")

	r.sim.SetFault(pagesByCursor(map[string]string{"A": pageOf("B", false, "U2", "U3", "U4")}))
	r.eventually(func() bool { return r.storedCursor(signIns) == "B" }, "the position moves once there is a cursor")
	assert.Contains(t, r.out.ids(signIns), "U4")
}

func TestPositionIsConfirmedOnlyWhereTheAPIHasNoMore(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.sim.SetFault(answerByCursor(func(cursor string) (int, string) {
		if cursor == "" {
			return http.StatusOK, pageOf("A", true, "U1")
		}
		return http.StatusInternalServerError, ""
	}))
	r.start(r.signInsOnly(""))
	r.eventually(func() bool { return r.storedCursor(signIns) == "A" }, "the position amid the events is stored")
	assert.NotContains(t, r.stateText(), "confirmed")
	r.sim.SetFault(pagesByCursor(map[string]string{"A": pageOf("B", false, "U2")}))
	r.eventually(func() bool { return r.storedCursor(signIns) == "B" }, "the position at the end is stored")
	assert.Contains(t, r.stateText(), "confirmed")
}

func TestEventThatTheDiskQueueRefusesIsNamedAndDelaysNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.queue = mapstr.M{
		"disk": mapstr.M{"path": filepath.Join(t.TempDir(), "queue"), "max_size": "10MB", "segment_size": "1MB"},
	}
	large := strings.Repeat("x", 2<<20)
	r.sim.Append(signIns,
		json.RawMessage(`{"uuid":"BEFORE","timestamp":"2026-03-01T12:00:00Z"}`),
		json.RawMessage(`{"uuid":"LARGE","timestamp":"2026-03-01T12:00:01Z","padding":"`+large+`"}`),
		json.RawMessage(`{"uuid":"AFTER","timestamp":"2026-03-01T12:00:02Z"}`))
	r.start(r.signInsOnly(", starting_cursor: {limit: 1000, start_time: 2020-01-01T00:00:00Z}"))
	r.eventually(func() bool { return r.storedCursor(signIns) != "" }, "the position passes the event")
	r.eventually(func() bool { return len(r.out.ids(signIns)) == 2 }, "the other events arrive")
	assert.Equal(t, []string{"BEFORE", "AFTER"}, r.out.ids(signIns))
	warnings := r.logs.FilterMessageSnippet("event dropped: the queue refused it").All()
	require.Len(t, warnings, 1)
	assert.Equal(t, "LARGE", warnings[0].ContextMap()["event.id"])
	assert.EqualValues(t, 1, r.metrics(signIns)["dropped_events_total"])
	require.NoError(t, r.stop())
	assert.Zero(t, r.logged("did not acknowledge"), "the stop does not wait for it")
	for _, entry := range r.logs.All() {
		assert.NotContains(t, fmt.Sprint(entry.Message, entry.ContextMap()), large[:100])
	}
}
