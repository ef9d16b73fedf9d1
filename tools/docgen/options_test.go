package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestIncompleteOptionsAreRejected(t *testing.T) {
	for name, test := range map[string]struct{ options, want string }{
		"unknown member":       {`shared: [{name: a, value: "1", text: A.}]`, "field value not found"},
		"no text":              {`shared: [{name: a, default: "1"}]`, `option 1 "a": name and text are required`},
		"no name":              {`per_event_type: [{default: "1", text: A.}]`, `option 1 "": name and text are required`},
		"no value":             {`shared: [{name: a, text: A.}]`, "exactly one of default, example and libbeat"},
		"default and example":  {`shared: [{name: a, default: "1", example: "2", text: A.}]`, "exactly one of default"},
		"published by example": {`shared: [{name: a, example: "2", published: true, text: A.}]`, "needs a default"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "options.yml")
			require.NoError(t, os.WriteFile(path, []byte(test.options), 0o600))
			_, err := readOptions(path)
			assert.ErrorContains(t, err, test.want)
		})
	}
}

func TestSettingIsWrittenAsYAML(t *testing.T) {
	assert.Equal(t, "timeout: 90s", option{Name: "timeout", Default: "90s"}.setting())
	assert.Equal(t, "tags: [a]", option{Name: "tags", Example: "[a]"}.setting())
	assert.Equal(t, "cursor: >\n  {}", option{Name: "cursor", Default: ">\n  {}"}.setting())
	assert.Equal(t, "list:\n  - a\n  - b", option{Name: "list", Example: "- a\n- b"}.setting())
}
