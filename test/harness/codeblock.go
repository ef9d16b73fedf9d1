package harness

import (
	"os"
	"regexp"

	"github.com/stretchr/testify/require"
)

// headingOrBlock matches the text of a heading, or the language and the content of a code block.
var headingOrBlock = regexp.MustCompile("(?ms)^#+ (.+?)$|^ *```(\\w*)\n(.*?)^ *```$")

// CodeBlock returns the code block in a language below a heading of a document in docs, without its
// fences. There must be exactly one. Tests use it to do what the document says.
func CodeBlock(t T, document, heading, language string) string {
	t.Helper()
	text, err := os.ReadFile(RepositoryFile("docs", document))
	require.NoError(t, err)
	var section string
	var blocks []string
	for _, match := range headingOrBlock.FindAllStringSubmatch(string(text), -1) {
		if match[1] != "" {
			section = match[1]
		} else if section == heading && match[2] == language {
			blocks = append(blocks, match[3])
		}
	}
	require.Len(t, blocks, 1, "code blocks of %s below %q in docs/%s", language, heading, document)
	return blocks[0]
}
