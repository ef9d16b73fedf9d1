package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEveryCommandAndOptionIsDescribed(t *testing.T) {
	line, err := readCommands()
	require.NoError(t, err)
	page := readPage(t, "docs/cli.md")
	var names []string
	options := line.Options
	for _, command := range line.Commands {
		names = append(names, command.Name)
		options = append(options, command.Options...)
		assert.NotEmpty(t, command.Text, command.Name)
		assert.Contains(t, page, "\n## "+command.Name+"\n")
		assert.Contains(t, page, "\n    "+command.Usage+"\n")
	}
	assert.Subset(t, names, []string{
		"cursor list", "cursor set", "cursor reset", "healthcheck", "run", "setup", "export config", "keystore add",
		"test config", "test input", "test output", "version",
	})
	for _, option := range options {
		assert.NotEmpty(t, option.Text, option.Name)
		assert.Contains(t, page, "| "+code(option.Name)+" | ")
	}
}
