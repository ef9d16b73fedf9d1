package harness

import (
	"os"
	"strings"

	"github.com/stretchr/testify/require"
)

// CodeBlock returns the code block in a language below a heading of a document in docs, without its
// fences. There must be exactly one. Tests use it to do what the document says.
func CodeBlock(t T, document, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile(RepositoryFile("docs", document))
	require.NoError(t, err)
	var (
		blocks  []string
		block   strings.Builder
		section bool   // below the heading
		fence   string // opening fence of the current block; "" outside of blocks
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
