package rig

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Block is the code block of that language below that heading of a document in docs, without its fences. There must be just one. So what a document tells
// the reader to do is what a test does.
func Block(t *testing.T, document, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(Root, "docs", document))
	require.NoError(t, err)
	var (
		blocks  []string
		block   strings.Builder
		section bool   // below the heading
		fence   string // language of the block at hand, with its fence; "" outside
	)
	for line := range strings.Lines(string(text)) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#")) == heading
		case fence == "" && strings.HasPrefix(trimmed, "```"):
			fence = trimmed
			block.Reset()
		case fence != "" && trimmed == "```":
			if section && fence == "```"+language {
				blocks = append(blocks, block.String())
			}
			fence = ""
		default:
			block.WriteString(line)
		}
	}
	require.Len(t, blocks, 1, "code blocks of %s below %q in docs/%s", language, heading, document)
	return blocks[0]
}
