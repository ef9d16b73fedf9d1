package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// testingPage is the only page that names tests.
const testingPage = "docs/testing.md"

var (
	// testName matches the name of a test function.
	testName = regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z0-9]\w*`)

	// qualifiedTest matches a test on the testing page: the path of its package, a dot and its
	// name.
	qualifiedTest = regexp.MustCompile("`([\\w/]+)\\.(" + testName.String() + ")`")
)

func TestTestingPageNamesExistingTestsOnly(t *testing.T) {
	text := readPage(t, testingPage)
	declared := map[string][]string{} // names of tests by package
	for _, match := range qualifiedTest.FindAllStringSubmatch(text, -1) {
		directory, name := match[1], match[2]
		if declared[directory] == nil {
			declared[directory] = testsIn(t, directory)
		}
		assert.True(t, slices.Contains(declared[directory], name),
			"%s names %s, which is not in %s", testingPage, name, directory)
	}
	assert.Empty(t, testName.FindAllString(qualifiedTest.ReplaceAllString(text, ""), -1), "tests without their package")
}

func TestEachPromiseOfTheTestingPageHasATest(t *testing.T) {
	promises := false // whether the line is in a table of promises
	for line := range strings.Lines(readPage(t, testingPage)) {
		switch {
		case !strings.HasPrefix(line, "|"):
			promises = false
		case strings.HasPrefix(line, "| Promise |"):
			promises = true
		case promises && !strings.HasPrefix(line, "|---"):
			assert.Regexp(t, qualifiedTest, line)
		}
	}
}

func TestNoOtherPageNamesATest(t *testing.T) {
	for _, page := range pages(t) {
		if page != testingPage {
			assert.Empty(t, testName.FindAllString(readPage(t, page), -1), "%s: name the test in %s", page, testingPage)
		}
	}
}

func TestLinksOfPagesLeadToFilesAndHeadings(t *testing.T) {
	for _, page := range pages(t) {
		for _, link := range harness.Links(readPage(t, page)) {
			file, anchor, _ := strings.Cut(link, "#")
			target := page
			if file != "" {
				target = path.Join(path.Dir(page), file)
			}
			if !assert.FileExists(t, inRepository(target), "link of %s", page) || anchor == "" {
				continue
			}
			assert.Contains(t, anchors(readPage(t, target)), anchor, "link of %s to %s", page, target)
		}
	}
}

// pages returns the paths of all pages in Markdown, relative to the repository.
func pages(t *testing.T) []string {
	t.Helper()
	documents, err := filepath.Glob(inRepository("docs/*.md"))
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	paths := []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md"}
	for _, document := range documents {
		paths = append(paths, "docs/"+filepath.Base(document))
	}
	return paths
}

func readPage(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(inRepository(page))
	require.NoError(t, err)
	return string(text)
}

// inRepository returns the file of a path that is relative to the repository.
func inRepository(path string) string {
	return filepath.Join("..", "..", filepath.FromSlash(path))
}

// testsIn returns the names of the tests of a package, under all build tags.
func testsIn(t *testing.T, directory string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(inRepository(directory), "*_test.go"))
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, declaration := range parsed.Decls {
			if function, ok := declaration.(*ast.FuncDecl); ok && function.Recv == nil {
				names = append(names, function.Name.Name)
			}
		}
	}
	return names
}

// anchors returns the anchors of the headings of a page, as GitHub derives them.
func anchors(text string) []string {
	var anchors []string
	for line := range strings.Lines(text) {
		if title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "); ok && strings.HasPrefix(line, "#") {
			title = notInAnchor.ReplaceAllString(strings.ToLower(strings.TrimSpace(title)), "")
			anchors = append(anchors, strings.ReplaceAll(title, " ", "-"))
		}
	}
	return anchors
}

// notInAnchor matches what GitHub removes from a heading.
var notInAnchor = regexp.MustCompile(`[^\w\s-]`)
