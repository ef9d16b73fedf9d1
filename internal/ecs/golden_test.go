package ecs

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/beats/v7/libbeat/beat"
	jsoncodec "github.com/elastic/beats/v7/libbeat/outputs/codec/json"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

var update = flag.Bool("update", false, "rewrite the expected documents in testdata")

// received is when all the items of the tests were received.
var received = time.Date(2026, time.February, 3, 8, 16, 0, 250_000_000, time.UTC)

const (
	signIns     eventtype.Name = "signinattempts"
	itemUsages  eventtype.Name = "itemusages"
	auditEvents eventtype.Name = "auditevents"
)

const expectedSuffix = ".expected.json"

// goldenOptions are the options of the cases that have any.
var goldenOptions = map[string]Options{
	"preserve_original":    {PreserveOriginal: true},
	"keep_null":            {KeepNull: true},
	"keep_null_everywhere": {KeepNull: true},
}

// findings are what a mapping tells of a case beside its event.
type findings struct {
	unmapped     []string
	invalid      int
	undocumented bool
}

// goldenFindings are those of the cases that have any.
var goldenFindings = map[string]findings{
	"signinattempts/address_under_old_name":        {unmapped: []string{"client.ip"}},
	"signinattempts/address_unparsable":            {invalid: 1},
	"signinattempts/address_with_zone":             {invalid: 1},
	"signinattempts/empty_object":                  {invalid: 1},
	"signinattempts/keep_null":                     {unmapped: []string{"nested"}},
	"signinattempts/keep_null_everywhere":          {invalid: 1},
	"signinattempts/latitude_alone":                {invalid: 1},
	"signinattempts/latitude_beyond_float64":       {invalid: 2},
	"signinattempts/latitude_out_of_range":         {invalid: 2},
	"signinattempts/members_elasticsearch_refuses": {unmapped: []string{"", "a..b", "client.bad\x00name", "client.good name", "deep", "deep_array", "dotted.name", "null\x00character"}},
	"signinattempts/members_not_objects":           {invalid: 4},
	"signinattempts/no_timestamp":                  {invalid: 1},
	"signinattempts/not_an_object_array":           {invalid: 1},
	"signinattempts/not_an_object_null":            {invalid: 1},
	"signinattempts/not_an_object_number":          {invalid: 1},
	"signinattempts/not_an_object_text":            {invalid: 1},
	"signinattempts/not_json":                      {invalid: 1},
	"signinattempts/not_json_two_objects":          {invalid: 1},
	"signinattempts/numbers_of_every_size":         {unmapped: []string{"numbers"}},
	"signinattempts/timestamp_as_number":           {invalid: 1},
	"signinattempts/timestamp_of_year_10000":       {invalid: 1},
	"signinattempts/timestamp_unparsable":          {invalid: 1},
	"signinattempts/timestamp_zero":                {invalid: 1},
	"signinattempts/unknown_members":               {unmapped: []string{"client.build.channel", "details.rule", "location.timezone", "passkey", "risk"}},
	"signinattempts/user_types_that_differ":        {unmapped: []string{"target_user.user_type"}},
	"signinattempts/uuid_too_long_for_an_id":       {invalid: 1},
	"signinattempts/wrong_types":                   {invalid: 18},

	"itemusages/no_timestamp":               {invalid: 1},
	"itemusages/not_an_object":              {invalid: 1},
	"itemusages/unknown_members":            {unmapped: []string{"target_user", "vault"}},
	"itemusages/used_version_too_large":     {invalid: 1},
	"itemusages/used_version_with_fraction": {invalid: 1},
	"itemusages/wrong_types":                {invalid: 4},

	"auditevents/actor_ids_that_differ":         {unmapped: []string{"actor_details.uuid"}},
	"auditevents/actor_types_that_differ":       {unmapped: []string{"actor_details.user_account_uuid", "actor_details.user_type"}},
	"auditevents/aux_id_as_text":                {invalid: 1},
	"auditevents/aux_id_too_large":              {invalid: 1},
	"auditevents/aux_id_with_fraction":          {invalid: 1},
	"auditevents/client_beside_session":         {unmapped: []string{"client.ip_address"}},
	"auditevents/keep_null_everywhere":          {invalid: 1, undocumented: true},
	"auditevents/no_action":                     {undocumented: true},
	"auditevents/no_object_type":                {undocumented: true},
	"auditevents/no_timestamp":                  {invalid: 1},
	"auditevents/not_an_object":                 {invalid: 1},
	"auditevents/preserve_original":             {invalid: 1},
	"auditevents/session_address_unparsable":    {invalid: 1},
	"auditevents/session_as_text":               {invalid: 1},
	"auditevents/session_login_time_unparsable": {invalid: 1},
	"auditevents/session_of_wrong_types":        {invalid: 4},
	"auditevents/undocumented_about_a_user":     {undocumented: true},
	"auditevents/undocumented_create_robot":     {undocumented: true},
	"auditevents/undocumented_delete_robot":     {undocumented: true},
	"auditevents/undocumented_in_upper_case":    {undocumented: true},
	"auditevents/undocumented_paint_robot":      {undocumented: true},
	"auditevents/undocumented_purge_robot":      {undocumented: true},
	"auditevents/undocumented_suspend_vault":    {undocumented: true},
	"auditevents/undocumented_view_robot":       {undocumented: true},
	"auditevents/unknown_members":               {unmapped: []string{"aux_details.state", "insert_time", "location.timezone", "object_details.kind", "risk", "session.tags"}},
	"auditevents/wrong_types":                   {invalid: 16, undocumented: true},
	"auditevents/wrong_types_among_details":     {invalid: 6},
}

// goldenCases calls test with every case in testdata: its event type, its name, and the item.
func goldenCases(t testing.TB, test func(eventType eventtype.Name, name string, item json.RawMessage)) {
	t.Helper()
	for _, row := range eventtype.All {
		eventType := row.Name
		files, err := filepath.Glob(filepath.Join("testdata", string(eventType), "*.json"))
		require.NoError(t, err)
		require.NotEmpty(t, files)
		for _, file := range files {
			if strings.HasSuffix(file, expectedSuffix) {
				continue
			}
			item, err := os.ReadFile(file)
			require.NoError(t, err)
			test(eventType, strings.TrimSuffix(filepath.Base(file), ".json"), bytes.TrimSpace(item))
		}
	}
}

func TestGoldenDocuments(t *testing.T) {
	goldenCases(t, func(eventType eventtype.Name, name string, item json.RawMessage) {
		path := string(eventType) + "/" + name
		t.Run(path, func(t *testing.T) {
			document := newMapper(t, eventType, goldenOptions[name]).Map(item, received)
			assert.Equal(t, goldenFindings[path], findings{document.Unmapped, document.Invalid, document.Undocumented})

			encoded, err := json.MarshalIndent(encode(t, document.Event), "", "  ")
			require.NoError(t, err)
			encoded = append(encoded, '\n')
			expectedFile := filepath.Join("testdata", path+expectedSuffix)
			if *update {
				require.NoError(t, os.WriteFile(expectedFile, encoded, 0o644))
			}
			expected, err := os.ReadFile(expectedFile)
			require.NoError(t, err)
			assert.Equal(t, string(expected), string(encoded))
		})
	})
}

// encode returns an event as libbeat's outputs encode it, without what they add to the metadata.
func encode(t testing.TB, event beat.Event) map[string]any {
	t.Helper()
	encoded, err := jsoncodec.New("", jsoncodec.Config{}).Encode("", &event)
	require.NoError(t, err)
	document := decodeJSON(t, encoded)
	metadata, ok := document["@metadata"].(map[string]any)
	require.True(t, ok)
	for _, added := range []string{"beat", "type", "version"} {
		delete(metadata, added)
	}
	return document
}

// decodeJSON decodes an object and leaves its numbers as they are written.
func decodeJSON(t testing.TB, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), "%s", text)
	return object
}
