package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	troubleshootingPage = "docs/troubleshooting.md"

	// variable stands in a message for what differs from case to case.
	variable = "…"

	// distinct is the length of a text of three words that occurs in one message only.
	distinct = 20

	punctuation = ":;, "
)

// A test expects a message if one of its strings has all fixed parts of the message, or if a long
// part of the message and a long piece of the string are the same or one contains the other.
func TestEachMessageOfTheTroubleshootingPageIsExpectedByATest(t *testing.T) {
	expected := stringsOfTests(t)
	messages := messagesOf(t, readPage(t, troubleshootingPage))
	assert.Greater(t, len(messages), 50)
	for _, message := range messages {
		message = strings.Trim(message, variable+punctuation)
		whole := regexp.MustCompile("(?s)" + strings.ReplaceAll(regexp.QuoteMeta(message), variable, ".*"))
		assert.True(t, slices.ContainsFunc(expected, func(text string) bool {
			return whole.MatchString(text) || overlap(strings.Split(message, variable), strings.Split(text, variable))
		}), "no test expects: %s", message)
	}
}

// overlap reports whether a part of a contains a part of b, or the other way round. The shorter one
// must be long enough to occur in one message only.
func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			short, long := strings.Trim(x, punctuation), strings.Trim(y, punctuation)
			if len(short) > len(long) {
				short, long = long, short
			}
			if len(short) >= distinct && strings.Count(short, " ") >= 2 && strings.Contains(long, short) {
				return true
			}
		}
	}
	return false
}

func TestNoMessageOfTheTroubleshootingPageIsThereTwice(t *testing.T) {
	messages := messagesOf(t, readPage(t, troubleshootingPage))
	slices.Sort(messages)
	assert.Equal(t, slices.Compact(slices.Clone(messages)), messages)
}

// messageCell matches the first cell of a row with the messages in it.
var messageCell = regexp.MustCompile("(?m)^\\| (`.+?) \\|")

// messagesOf returns the messages in the first cells of all tables. A cell may have several.
func messagesOf(t *testing.T, page string) (messages []string) {
	t.Helper()
	for _, cell := range messageCell.FindAllStringSubmatch(page, -1) {
		for _, message := range quotedName.FindAllStringSubmatch(cell[1], -1) {
			messages = append(messages, message[1])
		}
	}
	return messages
}

// stringsOfTests returns the strings in the tests and in the golden files that are not JSON.
func stringsOfTests(t *testing.T) (texts []string) {
	t.Helper()
	err := filepath.WalkDir(inRepository("."), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && slices.Contains([]string{".git", "build", "docgen", "third_party"}, entry.Name()):
			return fs.SkipDir
		case strings.HasSuffix(path, "_test.go"):
			texts = append(texts, stringsOf(t, path)...)
		case filepath.Base(filepath.Dir(path)) == "testdata" && filepath.Ext(path) == ".txt":
			text, err := os.ReadFile(path)
			texts = append(texts, string(text))
			return err
		}
		return nil
	})
	require.NoError(t, err)
	return texts
}

// stringsOf returns the strings in a Go file. What is added to a literal, other than another literal,
// becomes the sign for a variable.
func stringsOf(t *testing.T, path string) (texts []string) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(file, func(node ast.Node) bool {
		expression, ok := node.(ast.Expr)
		if !ok {
			return true
		}
		text := textOf(expression)
		if text != variable {
			texts = append(texts, text)
		}
		return text == variable
	})
	return texts
}

// textOf returns the text of a literal or of a sum of literals and variables.
func textOf(expression ast.Expr) string {
	switch e := expression.(type) {
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	case *ast.BinaryExpr:
		if text := textOf(e.X) + textOf(e.Y); e.Op == token.ADD && text != variable+variable {
			return text
		}
	}
	return variable
}
