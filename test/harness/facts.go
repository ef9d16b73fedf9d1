package harness

import (
	"strings"

	"github.com/stretchr/testify/require"
)

// factsHeading is the heading of docs/privacy.md about two sets of data streams.
const factsHeading = "Names for 30 days, facts for a year"

// Facts returns the settings of docs/privacy.md that collect all events a second time, with the
// processors below the heading recipe.
func Facts(t T, recipe string) string {
	t.Helper()
	_, processors, found := strings.Cut(CodeBlock(t, "privacy.md", recipe, "yaml"), "processors:\n")
	require.True(t, found)
	var indented strings.Builder
	for line := range strings.Lines(processors) {
		indented.WriteString("    " + line)
	}
	const placeholder = `      # The processors of "Drop" or "Pseudonyms", indented by four more spaces.` + "\n"
	return Replace(t, CodeBlock(t, "privacy.md", factsHeading, "yaml"), placeholder, indented.String())
}

// FactsSetup returns the arguments of the commands of docs/privacy.md that load the templates.
func FactsSetup(t T) (commands [][]string) {
	t.Helper()
	script := strings.NewReplacer("\\\n", "", "'", "").Replace(CodeBlock(t, "privacy.md", factsHeading, "sh"))
	for line := range strings.Lines(script) {
		args := strings.Fields(line)
		require.Equal(t, "./eventsapibeat", args[0])
		commands = append(commands, args[1:])
	}
	return commands
}
