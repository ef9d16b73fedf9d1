package rig

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Golden is an item and the document it should become, from the tests of the mapping.
type Golden struct {
	Name     string
	Item     json.RawMessage
	Document json.RawMessage // with @timestamp and @metadata
	Settings string          // of the event type, which the document is for
}

// goldenSettings are the settings of the cases that have any.
var goldenSettings = map[string]string{
	"preserve_original":    "preserve_original_event: true",
	"keep_null":            "keep_null: true",
	"keep_null_everywhere": "keep_null: true",
}

// Goldens are the cases of an event type whose items a page of JSON can hold.
func Goldens(t *testing.T, eventType string) []Golden {
	t.Helper()
	const suffix = ".expected.json"
	paths, err := filepath.Glob(filepath.Join(Root, "internal", "ecs", "testdata", eventType, "*"+suffix))
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
	require.Greater(t, len(list), 15)
	return list
}
