package main

import (
	"encoding/json"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestReadmeIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(readPage(t, "README.md"), "\n"), 120, "lines")
}

func TestReadmeHasTheCommandThatCIRuns(t *testing.T) {
	ci, err := os.ReadFile(inRepository(".ci/run"))
	require.NoError(t, err)
	const command = "go tool mage test"
	assert.Regexp(t, `(?m)^`+command+`\b`, string(ci))
	assert.Regexp(t, `(?m)^`+command+`\b`, readPage(t, "README.md"))
}

// readmeDocument is the document that the README shows a part of.
const readmeDocument = "internal/ecs/testdata/signinattempts/credentials_failed.expected.json"

func TestDocumentOfTheReadmeIsPartOfAPublishedOne(t *testing.T) {
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(readPage(t, "README.md"))
	require.NotNil(t, block)
	var shown, published map[string]any
	require.NoError(t, json.Unmarshal([]byte(block[1]), &shown))
	golden, err := os.ReadFile(inRepository(readmeDocument))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(golden, &published))
	require.NotEmpty(t, shown)
	assertPart(t, shown, published, "")
}

// assertPart checks that each member of part is in whole, with the same value.
func assertPart(t *testing.T, part, whole map[string]any, name string) {
	t.Helper()
	for key, value := range part {
		if object, ok := value.(map[string]any); ok {
			other, _ := whole[key].(map[string]any)
			assertPart(t, object, other, name+key+".")
			continue
		}
		assert.Equal(t, whole[key], value, name+key)
	}
}

func TestEveryPageIsReachedFromTheReadme(t *testing.T) {
	reached := map[string]bool{}
	var follow func(string)
	follow = func(page string) {
		reached[page] = true
		for _, link := range harness.Links(readPage(t, page)) {
			file, _, _ := strings.Cut(link, "#")
			target := path.Join(path.Dir(page), file)
			if path.Ext(file) == ".md" && !reached[target] {
				follow(target)
			}
		}
	}
	follow("README.md")
	for _, page := range pages(t) {
		assert.True(t, reached[page], page)
	}
}
