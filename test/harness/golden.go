package harness

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// Golden is a case of the mapping's tests: an item and the document that the Beat makes of it.
type Golden struct {
	Name     string
	Item     json.RawMessage
	Document json.RawMessage // with @timestamp and @metadata
	Settings string          // of the event type, or names for all event types; "" for the defaults
}

// GoldenNames is the setting of the cases with names.
var GoldenNames = `names: ["` + RepositoryFile("internal", "ecs", "testdata", "names.json") + `"]`

// goldenSettings are the settings of the cases that need settings.
var goldenSettings = map[string]string{
	"preserve_original":    "preserve_original_event: true",
	"keep_null":            "keep_null: true",
	"keep_null_everywhere": "keep_null: true",
	"names":                GoldenNames,
	"names_of_a_vault":     GoldenNames,
}

// Goldens returns the cases of an event type whose item is valid JSON, so that a page can hold it.
func Goldens(t T, eventType string) []Golden {
	t.Helper()
	const suffix = ".expected.json"
	paths, err := filepath.Glob(RepositoryFile("internal", "ecs", "testdata", eventType, "*"+suffix))
	require.NoError(t, err)
	var list []Golden
	for _, path := range paths {
		base := strings.TrimSuffix(path, suffix)
		item, err := os.ReadFile(base + ".json")
		require.NoError(t, err)
		document, err := os.ReadFile(path)
		require.NoError(t, err)
		if json.Valid(item) {
			name := filepath.Base(base)
			list = append(list, Golden{Name: name, Item: item, Document: document, Settings: goldenSettings[name]})
		}
	}
	require.NotEmpty(t, list, eventType)
	return list
}
