package detections

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

// translation is the query DSL of a query in KQL, as tools/kql writes it.
type translation struct {
	SHA256 string          `json:"sha256"` // of the query in KQL
	Query  json.RawMessage `json:"query"`
}

// errStale reports that the DSL of a rule is not that of its queries.
var errStale = errors.New("the DSL is missing or not that of the query: run tools/kql as docs/testing.md says")

// readDSL reads the query DSL of the rule's queries.
func (r *Rule) readDSL(files fs.FS) error {
	path := "dsl/" + r.File + ".json"
	text, err := fs.ReadFile(files, path)
	if errors.Is(err, fs.ErrNotExist) {
		return errStale
	}
	if err != nil {
		return err
	}
	var translations []translation
	if err := json.Unmarshal(text, &translations); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	queries := r.Queries()
	if len(translations) != len(queries) {
		return errStale
	}
	for i, query := range queries {
		sum := sha256.Sum256([]byte(query.KQL))
		if translations[i].SHA256 != hex.EncodeToString(sum[:]) {
			return errStale
		}
		query.DSL = translations[i].Query
		query.Condition, err = parseCondition(query.DSL)
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
