package fakeapi_test

import (
	"context"
	"encoding/json"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

func TestSameSeedGivesTheSameEvents(t *testing.T) {
	for i, eventType := range eventTypes {
		t.Run(eventType, func(t *testing.T) {
			events := func(seed uint64, alsoOthers int) string {
				a := newAPI(t, fakeapi.Options{Seed: seed})
				a.Generate(eventTypes[(i+1)%len(eventTypes)], alsoOthers, noon.Add(-time.Hour), noon)
				a.Generate(eventType, 20, noon.Add(-time.Hour), noon)
				_, body := a.post(t, "/api/v2/"+eventType, `{"start_time":"2020-01-01T00:00:00Z"}`)
				return body
			}
			first := events(1, 0)
			assert.Equal(t, first, events(1, 0))
			assert.Equal(t, first, events(1, 9), "event types are independent")
			assert.NotEqual(t, first, events(2, 0))
		})
	}
}

func TestGeneratedUUIDsAreUnique(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	seen := map[string]bool{}
	for _, eventType := range eventTypes {
		for range 2 {
			sim.Generate(eventType, 2500, noon.AddDate(0, -3, 0), noon)
		}
		for _, uuid := range sim.UUIDs(eventType) {
			seen[uuid] = true
		}
	}
	assert.Len(t, seen, 5000*len(eventTypes))
	assert.NotContains(t, seen, "")
}

func BenchmarkGenerate(b *testing.B) {
	for _, eventType := range eventTypes {
		b.Run(eventType, func(b *testing.B) {
			sim := fakeapi.New(fakeapi.Options{})
			for b.Loop() {
				sim.Generate(eventType, 50_000, noon.AddDate(0, -3, 0), noon)
			}
		})
	}
}

// weeks are the events that week has read, by event type.
var weeks = map[string]struct {
	raws   []json.RawMessage
	events []map[string]any
}{}

// week returns the events of a week, as JSON and decoded. Tests share them and must not change them.
func week(t *testing.T, eventType string) (raws []json.RawMessage, events []map[string]any) {
	t.Helper()
	w, ok := weeks[eventType]
	if !ok {
		a := newAPI(t, fakeapi.Options{Seed: 4})
		a.Generate(eventType, 2000, noon.AddDate(0, 0, -7), noon)
		w.raws = a.all(t, "/api/v2/"+eventType, everything)
		for _, raw := range w.raws {
			w.events = append(w.events, decode(t, raw))
		}
		require.Len(t, w.events, 2000)
		weeks[eventType] = w
	}
	return w.raws, w.events
}

func timestamps(t *testing.T, events []map[string]any) []time.Time {
	t.Helper()
	times := make([]time.Time, len(events))
	for i, e := range events {
		at, err := time.Parse(time.RFC3339Nano, e["timestamp"].(string))
		require.NoError(t, err)
		times[i] = at
	}
	return times
}

// count returns the number of events by the value of a member.
func count(events []map[string]any, member string) map[string]int {
	counts := map[string]int{}
	for _, e := range events {
		counts[e[member].(string)]++
	}
	return counts
}

func TestSignInsLookReal(t *testing.T) {
	raws, events := week(t, signIns)
	shape := regexp.MustCompile(`^\{"uuid":"[A-Z2-7]{26}","session_uuid":"[A-Z2-7]{26}",` +
		`"timestamp":"2025-10-0\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z","country":"[A-Z]{2}",` +
		`"category":"[a-z_]+","type":"[a-z0-9_]+","details":(null|\{"value":"[^"]+"\}),` +
		`"client":\{"app_name":"1Password [^"]+","app_version":"\d+",` +
		`"platform_name":"[^"]+","platform_version":"[^"]+",` +
		`"os_name":"[^"]+","os_version":"[^"]+","ip_address":"[0-9a-f.:]+"\},` +
		`("location":\{"country":"[A-Z]{2}","region":"[^"]+","city":"[^"]+",` +
		`"latitude":-?[0-9.]+,"longitude":-?[0-9.]+\},)?` +
		`"target_user":\{"uuid":"[A-Z2-7]{26}","name":"[^"]+",` +
		`"email":"[a-z.-]+@example\.(com|org)","type":"user"\},` +
		`"account_uuid":"[A-Z2-7]{26}"\}$`)
	for i, raw := range raws {
		require.True(t, shape.Match(raw), string(raw))
		firewall := strings.HasPrefix(events[i]["category"].(string), "firewall_")
		require.Equal(t, firewall, events[i]["details"] != nil, string(raw))
	}
	categories := count(events, "category")
	assert.Len(t, categories, 7)
	assert.Greater(t, categories["success"], 1500)
	assert.Len(t, count(events, "type"), 31)
	assert.True(t, slices.IsSortedFunc(timestamps(t, events), time.Time.Compare), "sign-ins arrive in order")
}

func TestItemUsagesLookReal(t *testing.T) {
	raws, events := week(t, usages)
	shape := regexp.MustCompile(`^\{"uuid":"[A-Z2-7]{26}",` +
		`"timestamp":"2025-10-0\dT\d\d:\d\d:\d\d\.\d{3}Z","used_version":\d+,` +
		`"vault_uuid":"[a-z2-7]{26}","item_uuid":"[a-z2-7]{26}","user":\{[^}]+,"type":"user"\},"client":\{[^}]+\},` +
		`("location":\{[^}]+\},)?"action":"[a-z-]+","account_uuid":"[A-Z2-7]{26}"\}$`)
	for _, raw := range raws {
		require.True(t, shape.Match(raw), string(raw))
	}
	assert.Len(t, count(events, "action"), 11)
	assert.Len(t, count(events, "vault_uuid"), 6)
	assert.Len(t, count(events, "account_uuid"), 1)

	var newest time.Time
	late, longest := 0, time.Duration(0)
	for _, at := range timestamps(t, events) {
		if at.After(newest) {
			newest = at
			continue
		}
		late++
		longest = max(longest, newest.Sub(at))
	}
	assert.InDelta(t, 2000/6, late, 100, "one in six arrives late")
	assert.Greater(t, longest, 12*time.Hour)
	assert.LessOrEqual(t, longest, 24*time.Hour)
}

func TestEventsLieInTheirWindowAndMostlyInWorkingHours(t *testing.T) {
	for _, eventType := range eventTypes {
		t.Run(eventType, func(t *testing.T) {
			_, events := week(t, eventType)
			weekend := 0
			for _, at := range timestamps(t, events) {
				require.False(t, at.Before(noon.AddDate(0, 0, -7)))
				require.True(t, at.Before(noon))
				if at.Weekday() == time.Saturday || at.Weekday() == time.Sunday {
					weekend++
				}
			}
			assert.Less(t, weekend, 2000*2/7/2, "few events at weekends")
			assert.Positive(t, weekend, "some events at weekends")
		})
	}
	t.Run("window narrower than the precision", func(t *testing.T) {
		a := newAPI(t, fakeapi.Options{})
		from := noon.Add(-time.Second + 300*time.Microsecond)
		a.Generate(usages, 3, from, from)
		assert.Len(t, a.all(t, "/api/v2/itemusages", `{"start_time":"`+from.Format(time.RFC3339Nano)+`"}`), 3)
	})
}

func TestAddressesAndPlacesVary(t *testing.T) {
	var documentation []netip.Prefix
	for _, text := range []string{"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"} {
		documentation = append(documentation, netip.MustParsePrefix(text))
	}
	_, events := week(t, signIns)
	v6, unlocated := 0, 0
	for _, e := range events {
		ip, err := netip.ParseAddr(e["client"].(map[string]any)["ip_address"].(string))
		require.NoError(t, err)
		isDocumentation := slices.ContainsFunc(documentation, func(p netip.Prefix) bool { return p.Contains(ip) })
		require.True(t, isDocumentation, ip)
		if ip.Is6() {
			v6++
		}
		if e["location"] == nil {
			unlocated++
		}
	}
	assert.InDelta(t, 2000/3, v6, 100)
	assert.InDelta(t, 2000/16, unlocated, 50)
	assert.Greater(t, len(count(events, "country")), 8)
}

func TestEventsArriveUntilTheContextIsDone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		sim := fakeapi.New(fakeapi.Options{})
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Minute)
		defer cancel()
		sim.Arrive(ctx, usages, time.Minute)
		assert.Equal(t, 100*time.Minute, time.Since(start), "Arrive returns when its context is done")
		assert.InDelta(t, 100, len(sim.UUIDs(usages)), 40, "one a minute on average")
	})
}

func TestArrivingEventsHaveTheCurrentTime(t *testing.T) {
	for _, eventType := range eventTypes {
		t.Run(eventType, func(t *testing.T) {
			now := time.Date(2025, time.October, 11, 3, 0, 0, 123456789, time.UTC) // a Saturday night
			a := newAPI(t, fakeapi.Options{Now: func() time.Time { return now }})
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan struct{})
			go func() {
				defer close(done)
				a.Arrive(ctx, eventType, time.Microsecond)
			}()
			p := a.page(t, "/api/v2/"+eventType, `{}`)
			for len(p.Items) == 0 {
				p = a.page(t, "/api/v2/"+eventType, withCursor(p.Cursor))
			}
			cancel()
			<-done
			at := timestamps(t, []map[string]any{decode(t, p.Items[0])})[0]
			assert.WithinRange(t, at, now.Add(-time.Millisecond), now)
		})
	}
}

func TestMisuseInTestsPanics(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	assert.PanicsWithValue(t, `fakeapi: unknown event type "users"`, func() { sim.UUIDs("users") })
	assert.Panics(t, func() { sim.Arrive(t.Context(), signIns, 0) })
}
