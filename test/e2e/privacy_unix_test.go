//go:build unix

package e2e

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// pseudonym returns what the command of the page prints for a text.
func pseudonym(t *testing.T, key, text string) string {
	t.Helper()
	var command string
	for line := range strings.Lines(harness.CodeBlock(t, privacyPage, "Search for a person", "sh")) {
		command += strings.Replace(line, "ada@example.com", text, 1)
	}
	cmd := exec.CommandContext(t.Context(), "sh", "-c", command)
	cmd.Env = append(os.Environ(), "PSEUDONYM_KEY="+key)
	output, err := cmd.Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(output))
}

// emails returns the e-mail addresses of the users of sign-ins and item usages by their UUIDs.
func (h *testBeat) emails() map[string]string {
	h.Helper()
	emails := map[string]string{}
	for _, eventType := range harness.PublishedTypes {
		for _, text := range h.Sim.Items(eventType) {
			item := decode(h.T, text)
			user, ok := item["user"].(map[string]any)
			if !ok {
				user = item["target_user"].(map[string]any)
			}
			emails[user["uuid"].(string)] = user["email"].(string)
		}
	}
	return emails
}

func TestPseudonymsAreThoseOfTheKeyInTheKeystoreWhichIsInNoLog(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(20, 1)
	config := h.everySecond() + "\n" + harness.CodeBlock(t, privacyPage, pseudonyms, "yaml")
	// Digits only, so that a configuration that reads it as a number would change it.
	key := strings.Repeat("0123456789", 6) + "0123"
	status, _ := h.Run(h.everySecond(), "keystore", "create")
	require.Zero(t, status)
	h.Beat.Stdin = key
	status, _ = h.Run(h.everySecond(), "keystore", "add", "PSEUDONYM_KEY", "--stdin")
	require.Zero(t, status)

	process := h.Start(config, "-e", "-d", "*", "-E", "logging.level=debug")
	h.arrived()
	h.Stop(process, os.Interrupt)
	assert.NotContains(t, process.Stderr(), key)
	emails := h.emails()
	for _, document := range h.recorder.Documents("*") {
		assert.NotContains(t, string(document.Source), key)
		fields := map[string]any{}
		flatten(fields, "", decode(t, document.Source))
		want := pseudonym(t, key, emails[fields["user.id"].(string)])
		assert.Equal(t, want, fields["user.email"])
		assert.Equal(t, want, fields["user.name"])
		assert.Contains(t, fields["related.user"], want)
		assert.NotEqual(t, want, pseudonym(t, key+"0", emails[fields["user.id"].(string)]))
	}
}
