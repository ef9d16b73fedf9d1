package beater

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	"github.com/elastic/beats/v7/libbeat/beat/events"
)

// eventTypeRig is a rig of which one event type is tried.
type eventTypeRig struct {
	*rig

	eventType string
	section   string // of the configuration
}

// withOption is a configuration of the event type alone, with an option of it.
func (r *eventTypeRig) withOption(option string) string {
	return fmt.Sprintf(
		"insecure_skip_verify: true\n%s:\n  auth_token: %s\n  %s\n",
		r.section,
		r.token(r.eventType),
		option,
	)
}

// event is the first event that a Beat with this option of the event type publishes. The item has
// an unknown member that is null.
func (r *eventTypeRig) event(option string) beat.Event {
	r.t.Helper()
	r.rig = newRig(r.t)
	r.sim.Append(r.eventType, json.RawMessage(item))
	r.start(r.withOption(option))
	r.eventually(func() bool { return len(r.out.received()) == 1 }, "the event arrives")
	return r.out.received()[0]
}

// item is what the API serves as an item of whatever event type.
const item = `{"uuid":"MRH4JLEHQXEHUIA6VZRGBZXCZT","timestamp":"2026-02-03T08:15:42Z","unheard_of":null}`

// rejectsOption says that there is no Beat with this option, and that the error names it.
func (r *eventTypeRig) rejectsOption(option, why string) {
	r.t.Helper()
	r.rejects(r.withOption(option), r.section+"."+why)
}

// field is a field of an event, or nil.
func field(event beat.Event, name string) any {
	value, _ := event.GetValue(name)
	return value
}

// eventTypeProofs prove the options of an event type.
var eventTypeProofs = map[string]func(*eventTypeRig){
	"enabled": func(r *eventTypeRig) {
		r.generate(3)
		r.start(fmt.Sprintf("%s\n%s.enabled: false\n", r.allTypes(), r.section))
		r.eventually(
			func() bool { return len(r.out.received()) == 3*(len(eventTypes)-1) },
			"the other event types are collected",
		)
		assert.Empty(r.t, r.out.ids(r.eventType))
		for _, request := range r.sim.Requests() {
			assert.NotContains(r.t, request.Path, r.eventType)
		}
		r.rejectsOption("enabled: perhaps", `enabled: "perhaps" is not valid`)
		r.rejects(r.section+": {enabled: false}", "eventsapibeat: no event type is enabled")
	},
	"auth_token": func(r *eventTypeRig) {
		token := r.token(r.eventType)
		r.generate(1)
		r.start(fmt.Sprintf("insecure_skip_verify: true\n%s: {auth_token: %s}\n", r.section, token))
		r.eventually(func() bool { return len(r.out.received()) == 1 }, "the event arrives")
		assert.Equal(r.t, "Bearer "+token, r.sim.Requests()[0].Header.Get("Authorization"))
		assert.Equal(r.t, "/api/v2/"+r.eventType, r.sim.Requests()[0].Path)
		r.rejects(r.section+".auth_token: nonsense", r.section+".auth_token: is not a JSON Web Token")
	},
	"api_version": func(r *eventTypeRig) {
		event := r.event("api_version: v1")
		assert.Equal(r.t, "/api/v1/"+r.eventType, r.sim.Requests()[0].Path)
		assert.Equal(r.t, r.sim.Account(), field(event, "organization.id"), "which items of version 1 lack")
		r.event("api_version: v2")
		assert.Equal(r.t, "/api/v2/"+r.eventType, r.sim.Requests()[0].Path)
		r.rejectsOption("api_version: v3", `api_version: "v3" is not valid; expected v1 or v2`)
	},
	"auth_token_file": func(r *eventTypeRig) {
		token := r.token(r.eventType)
		path := filepath.Join(r.t.TempDir(), "token")
		require.NoError(r.t, os.WriteFile(path, []byte(token), 0o600))
		r.start(fmt.Sprintf("insecure_skip_verify: true\n%s: {auth_token_file: %s}\n", r.section, path))
		r.eventually(func() bool { return len(r.sim.Requests()) > 0 }, "the API is asked")
		assert.Equal(r.t, "Bearer "+token, r.sim.Requests()[0].Header.Get("Authorization"))
		r.rejects(r.section+".auth_token_file: "+token, r.section+`.auth_token_file: "[hidden token]" is a token`)
	},
	"cursor_overlap": func(r *eventTypeRig) {
		const state = `{"version":1,"event_type":%q,"api_host":%q,"api_version":"v2","cursor":"refused","newest_event":"2026-02-03T08:00:00Z","written":"2026-02-03T08:00:00Z"}`
		require.NoError(
			r.t,
			os.WriteFile(
				filepath.Join(r.data, r.eventType+".eventsapibeatstate"),
				fmt.Appendf(nil, state, r.eventType, r.host),
				0o600,
			),
		)
		r.start(r.withOption("cursor_overlap: 90m"))
		r.eventually(func() bool {
			return strings.Contains(strings.Join(r.bodies(), ""), `"start_time":"2026-02-03T06:30:00Z"`)
		}, "reading starts again")
		r.rejectsOption("cursor_overlap: -1h", "cursor_overlap: -1h0m0s is below 0")
	},
	"sample_frequency": func(r *eventTypeRig) {
		r.start(r.withOption("sample_frequency: 1s"))
		r.eventually(func() bool { return len(r.sim.Requests()) >= 3 }, "the API is asked again and again")
		for _, wait := range r.waited() {
			assert.Contains(r.t, []time.Duration{0, time.Second}, wait, "the default is 10s")
		}
		r.rejectsOption("sample_frequency: 999ms", "sample_frequency: 999ms is too short")
	},
	"cursor_state_file": func(r *eventTypeRig) {
		r.event("cursor_state_file: elsewhere")
		r.eventually(
			func() bool { return fileExists(filepath.Join(r.data, "elsewhere")) },
			"the cursor is stored there",
		)
		r.rejectsOption("cursor_state_file: ''", "cursor_state_file: is empty")
	},
	"starting_cursor": func(r *eventTypeRig) {
		r.start(
			r.withOption(
				"starting_cursor: {limit: 7, start_time: 2026-01-01T00:00:00Z, end_time: 2026-02-01T00:00:00Z}",
			),
		)
		r.eventually(func() bool { return len(r.sim.Requests()) > 0 }, "the API is asked")
		assert.JSONEq(
			r.t,
			`{"limit":7,"start_time":"2026-01-01T00:00:00Z","end_time":"2026-02-01T00:00:00Z"}`,
			string(r.sim.Requests()[0].Body),
		)
		r.rejectsOption("starting_cursor: {limit: 0}", `starting_cursor.limit: "0" is not valid`)
	},
	"preserve_original_event": func(r *eventTypeRig) {
		assert.Equal(r.t, item, field(r.event("preserve_original_event: true"), "event.original"))
		assert.Nil(r.t, field(r.event("preserve_original_event: false"), "event.original"))
		r.rejectsOption("preserve_original_event: all", `preserve_original_event: "all" is not valid`)
	},
	"fields": func(r *eventTypeRig) {
		assert.Equal(r.t, "staging", field(r.event("fields: {env: staging}"), "fields.env"))
		r.rejectsOption("fields: 5", "fields")
	},
	"fields_under_root": func(r *eventTypeRig) {
		event := r.event("fields: {env: staging}\n  fields_under_root: true")
		assert.Equal(r.t, "staging", field(event, "env"))
		assert.Nil(r.t, field(event, "fields"))
		r.rejectsOption("fields_under_root: perhaps", "fields_under_root")
	},
	"tags": func(r *eventTypeRig) {
		assert.Equal(r.t, []string{"1password", "audit"}, field(r.event("tags: [1password, audit]"), "tags"))
		r.rejectsOption("tags: [{a: 1}]", "tags")
	},
	"processors": func(r *eventTypeRig) {
		assert.Equal(r.t, "1password", field(r.event("processors: []"), "event.module"))
		assert.Nil(r.t, field(r.event("processors: [{drop_fields.fields: [event.module]}]"), "event.module"))
		r.rejectsOption("processors: 5", "processors")
		b, beater, err := r.create(r.withOption("processors: [{no_such_processor: {}}]"))
		require.NoError(r.t, err)
		require.ErrorContains(
			r.t,
			beater.Run(b),
			r.section+": processors: the processor action no_such_processor does not exist",
		)
	},
	"index": func(r *eventTypeRig) {
		assert.Equal(
			r.t,
			"eventsapibeat-1.0.0-"+r.eventType+"-2026.02.03",
			r.event(`index: "%{[agent.type]}-%{[agent.version]}-%{[@metadata][event_type]}-%{+yyyy.MM.dd}"`).Meta[events.FieldMetaRawIndex],
		)
		r.rejectsOption(`index: "%{[user.id]}"`, `index: "%{[user.id]}" is not valid`)
	},
	"pipeline": func(r *eventTypeRig) {
		assert.Equal(r.t, "geoip", r.event("pipeline: geoip").Meta[events.FieldMetaPipeline])
		r.rejectsOption("pipeline: [a, b]", "pipeline: a list or mapping is not valid")
	},
	"keep_null": func(r *eventTypeRig) {
		const unheardOf = "onepassword.unmapped.unheard_of"
		event := r.event("keep_null: true")
		_, err := event.GetValue(unheardOf)
		require.NoError(r.t, err)
		event = r.event("keep_null: false")
		_, err = event.GetValue(unheardOf)
		require.Error(r.t, err)
		r.rejectsOption("keep_null: 2", `keep_null: "2" is not valid`)
	},
}
