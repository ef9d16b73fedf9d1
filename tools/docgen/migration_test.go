package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// quotedName matches a name in backticks, such as that of a field.
var quotedName = regexp.MustCompile("`([^`]+)`")

func TestMigrationNamesExistingFieldsOnly(t *testing.T) {
	groups, err := readFields(filepath.Join("..", "..", "fields.yml"))
	require.NoError(t, err)
	fields := fieldTypes(groups)
	fields["labels.account"] = "keyword" // fields.yml has one entry for all labels
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "migration.md"))
	require.NoError(t, err)

	column, named := -1, 0
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(line, "|")
		heading := slices.IndexFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) == "Field here" })
		switch {
		case heading >= 0:
			column = heading
		case !strings.HasPrefix(line, "|"):
			column = -1 // end of the table
		case column >= 0:
			for _, name := range quotedName.FindAllStringSubmatch(cells[column], -1) {
				assert.Contains(t, fields, name[1], "field in docs/migration.md")
				named++
			}
		}
	}
	assert.NotZero(t, named)
}

func TestReadmeAndMigrationCopyStateFilesWithTheSameCommand(t *testing.T) {
	command := regexp.MustCompile(`(?m)^ *(mkdir -p data && cp .+)$`)
	var commands []string
	for _, path := range []string{"README.md", filepath.Join("docs", "migration.md")} {
		text, err := os.ReadFile(filepath.Join("..", "..", path))
		require.NoError(t, err)
		found := command.FindAllStringSubmatch(string(text), -1)
		require.Len(t, found, 1, "commands in %s", path)
		commands = append(commands, found[0][1])
	}
	assert.Equal(t, commands[0], commands[1])
}
