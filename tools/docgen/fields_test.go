package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFieldsAreListedByFullNameAndSorted(t *testing.T) {
	groups, err := readFields(filepath.Join("testdata", "fields.yml"))
	require.NoError(t, err)
	require.Len(t, groups, 1)
	assert.Equal(t, "Sample", groups[0].Title)

	var rows [][3]string
	for _, f := range groups[0].Flat {
		rows = append(rows, [3]string{f.Name, f.Type, cell(f.Description)})
	}
	assert.Equal(t, [][3]string{
		{"event.kind", "keyword", "Kind."},
		{"old", "alias of `sample.name`", "Former name."},
		{"sample.inner.count", "long", "Count."},
		{"sample.labels", "object of keyword", "Labels."},
		{"sample.name", "keyword", `Name of \| the sample.`},
		{"sample.name.text", "match_only_text", "`sample.name`, indexed as match_only_text."},
	}, rows)
}

func TestFieldWithoutDescriptionIsRejected(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fields.yml")
	require.NoError(t, os.WriteFile(path, []byte("- {key: a, fields: [{name: a.b, type: keyword}]}"), 0o600))
	_, err := readFields(path)
	assert.ErrorContains(t, err, "field a.b has no description")
}
