package dashboards

import (
	_ "embed"
	"encoding/json"
	"errors"
)

//go:embed testdata/kql.json
var translations []byte

// errNotTranslated reports a query whose DSL is not known.
var errNotTranslated = errors.New("the query has no DSL in test/dashboards/testdata/kql.json: run tools/kql as " +
	"docs/testing.md says")

// readTranslations returns the query DSL of each query in kibana/7 by its KQL.
func readTranslations() (map[string]any, error) {
	var all map[string]any
	err := json.Unmarshal(translations, &all)
	return all, err
}
