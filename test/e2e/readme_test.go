package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

func TestFirstRunOfTheReadmeDeliversEvents(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile(harness.RepositoryFile("README.md"))
	require.NoError(t, err)
	h := newTestBeat(t)
	h.Generate(5, 1)
	setting := `auth_token: "${OP_TOKEN}"`
	require.Contains(t, string(readme), "`"+setting+"`")
	config := harness.Replace(t, h.published(), `auth_token: "`+h.Token+`"`, setting)

	var commands [][]string
	for line := range strings.Lines(string(readme)) {
		if command, ok := strings.CutPrefix(line, "./eventsapibeat "); ok {
			command = strings.Replace(command, "-c eventsapibeat.yml", "", 1) // the harness names the file
			commands = append(commands, strings.Fields(command))
		}
	}
	require.Len(t, commands, 6)
	for _, command := range commands[:5] {
		if slices.Equal(command, []string{"keystore", "add", "OP_TOKEN"}) {
			command = append(command, "--stdin") // in place of a terminal
			h.Beat.Stdin = h.Token
		}
		status, process := h.Run(config, command...)
		assert.Zero(t, status, "%q: %s", command, process.Stderr())
		h.Beat.Stdin = ""
	}
	require.Equal(t, []string{"-e"}, commands[5])
	h.Start(config, commands[5]...)
	h.arrived()
}
