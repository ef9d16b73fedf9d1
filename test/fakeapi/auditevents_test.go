package fakeapi_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

const (
	upper   = `"[A-Z2-7]{26}"`
	anyUUID = `"[A-Za-z2-7]{26}"`
	nanos   = `"2025-10-0\dT\d\d:\d\d:\d\d(\.\d{0,8}[1-9])?Z"`
	details = `\{"uuid":` + upper + `,"name":"[^"]+","email":"[a-z.-]+@example\.(com|org)"\}`
)

func TestAuditEventsLookReal(t *testing.T) {
	raws, events := week(t, audits)
	shape := regexp.MustCompile(`^\{"uuid":` + upper + `,"timestamp":` + nanos + `,` +
		`"actor_uuid":` + upper + `,"actor_details":` + details + `,` +
		`"action":"[a-z]+","object_type":"[a-z]+","object_uuid":(""|` + anyUUID + `),` +
		`("object_details":` + details + `,)?("aux_id":[1-9]\d*,)?("aux_uuid":` + anyUUID + `,)?` +
		`("aux_details":` + details + `,)?("aux_info":"[^"]+",)?` +
		`"session":\{"uuid":` + upper + `,"login_time":` + nanos + `,` +
		`"device_uuid":"[a-z2-7]{26}","ip":"[0-9a-f.:]+"\},` +
		`("location":\{"country":"[A-Z][a-z]+( [A-Z][a-z]+)?","region":"[^"]+","city":"[^"]+",` +
		`"latitude":-?[0-9.]+,"longitude":-?[0-9.]+\},)?` +
		`"actor_type":("user"|"external_user","actor_account_uuid":` + upper + `),"account_uuid":` + upper + `\}$`)
	pairs, members := map[string]int{}, map[string]int{}
	for i, raw := range raws {
		require.True(t, shape.Match(raw), string(raw))
		pairs[events[i]["action"].(string)+"/"+events[i]["object_type"].(string)]++
		for name := range events[i] {
			members[name]++
		}
		login, err := time.Parse(time.RFC3339Nano, events[i]["session"].(map[string]any)["login_time"].(string))
		require.NoError(t, err)
		require.True(t, login.Before(timestamps(t, events[i:i+1])[0]))
	}
	assert.InDelta(t, 2000*72/100, pairs["dlgsess/dlgdsess"], 100, "most are delegated sessions")
	assert.InDelta(t, 2000*12/100, pairs["patch/items"], 60)
	assert.Greater(t, len(pairs), 60, "many pairs are rare")
	assert.InDelta(t, 2000*15/16, members["location"], 50)
	assert.InDelta(t, 2000/100, members["actor_account_uuid"], 15)
	assert.InDelta(t, pairs["patch/items"], members["aux_id"], 0)
	assert.Positive(t, members["object_details"])
	assert.Positive(t, members["aux_details"])
	assert.Len(t, count(events, "account_uuid"), 1)
	assert.True(t, slices.IsSortedFunc(timestamps(t, events), time.Time.Compare), "audit events arrive in order")
}

func TestAuditEventsNameTheObjectsOfTheirActions(t *testing.T) {
	_, events := week(t, audits)
	byPair := map[string]map[string]any{}
	for _, e := range events {
		byPair[e["action"].(string)+"/"+e["object_type"].(string)] = e
	}
	delegated := byPair["dlgsess/dlgdsess"]
	assert.Equal(t, delegated["session"].(map[string]any)["uuid"], delegated["aux_uuid"])
	assert.Equal(t, "1,0,0,0,0", byPair["patch/items"]["aux_info"])
	assert.Empty(t, byPair["view/report"]["object_uuid"])
	assert.Equal(t, "activity-log", byPair["view/report"]["aux_info"])
	assert.Equal(t, "D", byPair["create/sa"]["aux_info"])
	assert.Regexp(t, `^[AR]$`, byPair["join/gm"]["aux_info"])
	for _, pair := range []string{"join/gm", "grant/uva", "create/device"} {
		assert.Equal(t, byPair[pair]["aux_uuid"], byPair[pair]["aux_details"].(map[string]any)["uuid"], pair)
	}
	activated := byPair["activate/user"]
	assert.Equal(t, activated["object_uuid"], activated["object_details"].(map[string]any)["uuid"])
}

func TestEveryDocumentedAuditActionOccurs(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	sim.Generate(audits, 12_000, noon.AddDate(0, 0, -7), noon)
	pairs := map[string]bool{}
	for _, e := range events(t, sim, audits) {
		pairs[e.pair()] = true
	}
	assert.Len(t, pairs, 121)
}

func TestVersion1OfAuditEventsLacksWhatVersion2Added(t *testing.T) {
	a := newAPI(t, fakeapi.Options{Seed: 3})
	a.Generate(audits, 300, noon.Add(-time.Hour), noon)
	first := a.page(t, "/api/v1/auditevents", everything)
	second := a.page(t, "/api/v2/auditevents", everything)
	assert.Equal(t, second.Cursor, first.Cursor)
	require.Len(t, first.Items, 300)
	added := regexp.MustCompile(`,"actor_type":"[a-z_]+"(,"actor_account_uuid":"[^"]+")?,"account_uuid":"[^"]+"`)
	for i, raw := range second.Items {
		assert.Equal(t, added.ReplaceAllString(string(raw), ""), string(first.Items[i]))
	}
}

func TestReplayedAuditEventsKeepTheirBytes(t *testing.T) {
	recorded := `{"uuid": "MXSNB2IYEIJ2GTXWPLGPVADXIF", "timestamp": "2025-07-28T19:33:03.9038558Z",
		"action": "patch", "object_type": "items", "object_uuid": "", "aux_id": 54,
		"session": {"ip": "2001:0db8:85a3:0000:0000:8a2e:0370:7334"}, "new_member": [1.0]}`
	a := newAPI(t, fakeapi.Options{})
	n, err := a.Replay(audits, strings.NewReader("["+recorded+"]"))
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	assert.Equal(t, []string{"MXSNB2IYEIJ2GTXWPLGPVADXIF"}, a.UUIDs(audits))
	_, body := a.post(t, "/api/v2/auditevents", everything)
	assert.Contains(t, body, `"items":[`+recorded+`]`)
	later := a.page(t, "/api/v2/auditevents", `{"start_time":"2025-07-28T19:33:04Z"}`)
	assert.Empty(t, later.Items, "its timestamp is read")
	version1 := a.page(t, "/api/v1/auditevents", everything)
	assert.Equal(t, []json.RawMessage{json.RawMessage(recorded)}, version1.Items)
}
