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

// received is the time at which all items of the tests were received.
var received = time.Date(2026, time.February, 3, 8, 16, 0, 250_000_000, time.UTC)

const (
	signIns     eventtype.Name = "signinattempts"
	itemUsages  eventtype.Name = "itemusages"
	auditEvents eventtype.Name = "auditevents"
)

const expectedSuffix = ".expected.json"

// goldenOptions are the options of the cases that set any.
var goldenOptions = map[string]Options{
	"preserve_original":    {PreserveOriginal: true},
	"keep_null":            {KeepNull: true},
	"keep_null_everywhere": {KeepNull: true},
	"names":                {Names: testNames()},
	"names_of_a_vault":     {Names: testNames()},
}

// findings are the properties of a Document that are not in its event. testdata/findings has a file
// for each event type with the findings of its cases. A case that is not listed has none.
type findings struct {
	Unmapped      []string `json:"unmapped"`
	Invalid       int      `json:"invalid"`
	UnknownAction bool     `json:"unknown_action"`
}

func readFindings(t *testing.T, eventType eventtype.Name) map[string]findings {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "findings", string(eventType)+".json"))
	require.NoError(t, err)
	var cases map[string]findings
	require.NoError(t, json.Unmarshal(text, &cases))
	return cases
}

// goldenCases calls test for each case in testdata.
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
	expectedFindings := map[eventtype.Name]map[string]findings{}
	for _, row := range eventtype.All {
		expectedFindings[row.Name] = readFindings(t, row.Name)
	}
	goldenCases(t, func(eventType eventtype.Name, name string, item json.RawMessage) {
		path := string(eventType) + "/" + name
		want := expectedFindings[eventType][name]
		delete(expectedFindings[eventType], name)
		t.Run(path, func(t *testing.T) {
			document := newMapper(t, eventType, goldenOptions[name]).Map(item, received)
			assert.Equal(t, want, findings{document.Unmapped, document.Invalid, document.UnknownAction})

			requireGolden(t, path, document.Event)
		})
	})
	for eventType, cases := range expectedFindings {
		assert.Empty(t, cases, "testdata/findings/%s.json lists cases that do not exist", eventType)
	}
}

// requireGolden fails the test if an event is not the expected document.
func requireGolden(t *testing.T, path string, event beat.Event) {
	t.Helper()
	encoded, err := json.MarshalIndent(encode(t, event), "", "  ")
	require.NoError(t, err)
	encoded = append(encoded, '\n')
	expectedFile := filepath.Join("testdata", path+expectedSuffix)
	if *update {
		require.NoError(t, os.WriteFile(expectedFile, encoded, 0o644))
	}
	expected, err := os.ReadFile(expectedFile)
	require.NoError(t, err)
	require.Equal(t, string(expected), string(encoded))
}

// encode returns an event as libbeat's outputs encode it, without the metadata that they add.
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

// decodeJSON decodes an object. Numbers are decoded as json.Number.
func decodeJSON(t testing.TB, text []byte) map[string]any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var object map[string]any
	require.NoError(t, decoder.Decode(&object), "%s", text)
	return object
}
