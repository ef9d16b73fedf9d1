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

	"github.com/eventsapibeat/eventsapibeat/internal/eventsapi"
)

var update = flag.Bool("update", false, "rewrite the expected documents in testdata")

// received is when all the items of the tests were received.
var received = time.Date(2026, time.February, 3, 8, 16, 0, 250_000_000, time.UTC)

const expectedSuffix = ".expected.json"

// goldenOptions are the options of the cases that have any.
var goldenOptions = map[string]Options{
	"preserve_original":    {PreserveOriginal: true},
	"keep_null":            {KeepNull: true},
	"keep_null_everywhere": {KeepNull: true},
}

// goldenCounts are the numbers of unmapped and of invalid members of the cases that have any.
var goldenCounts = map[string][2]int{
	"signinattempts/address_under_old_name":        {1, 0},
	"signinattempts/address_unparsable":            {0, 1},
	"signinattempts/address_with_zone":             {0, 1},
	"signinattempts/empty_object":                  {0, 1},
	"signinattempts/keep_null":                     {1, 0},
	"signinattempts/keep_null_everywhere":          {0, 1},
	"signinattempts/latitude_alone":                {0, 1},
	"signinattempts/latitude_beyond_float64":       {0, 2},
	"signinattempts/latitude_out_of_range":         {0, 2},
	"signinattempts/members_elasticsearch_refuses": {8, 0},
	"signinattempts/members_not_objects":           {0, 4},
	"signinattempts/no_timestamp":                  {0, 1},
	"signinattempts/not_an_object_array":           {0, 1},
	"signinattempts/not_an_object_null":            {0, 1},
	"signinattempts/not_an_object_number":          {0, 1},
	"signinattempts/not_an_object_text":            {0, 1},
	"signinattempts/not_json":                      {0, 1},
	"signinattempts/not_json_two_objects":          {0, 1},
	"signinattempts/numbers_of_every_size":         {10, 0},
	"signinattempts/timestamp_as_number":           {0, 1},
	"signinattempts/timestamp_of_year_10000":       {0, 1},
	"signinattempts/timestamp_unparsable":          {0, 1},
	"signinattempts/timestamp_zero":                {0, 1},
	"signinattempts/unknown_members":               {7, 0},
	"signinattempts/user_types_that_differ":        {1, 0},
	"signinattempts/uuid_too_long_for_an_id":       {0, 1},
	"signinattempts/wrong_types":                   {0, 18},

	"itemusages/no_timestamp":               {0, 1},
	"itemusages/not_an_object":              {0, 1},
	"itemusages/unknown_members":            {3, 0},
	"itemusages/used_version_too_large":     {0, 1},
	"itemusages/used_version_with_fraction": {0, 1},
	"itemusages/wrong_types":                {0, 4},
}

// goldenCases calls test with every case in testdata: its event type, its name, and the item.
func goldenCases(t testing.TB, test func(eventType eventsapi.EventType, name string, item json.RawMessage)) {
	t.Helper()
	for eventType := range typeMappings {
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
	goldenCases(t, func(eventType eventsapi.EventType, name string, item json.RawMessage) {
		path := string(eventType) + "/" + name
		t.Run(path, func(t *testing.T) {
			mapper, err := NewMapper(eventType, goldenOptions[name])
			require.NoError(t, err)
			document := mapper.Map(item, received)
			assert.Equal(t, goldenCounts[path], [2]int{document.Unmapped, document.Invalid}, "unmapped and invalid members")

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
