package main

import (
	"bytes"
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScenariosAreServedWithTheSettingsOfABeat(t *testing.T) {
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	args := []string{"-people", "60", "-days", "12", "-scenario", "leaver,new-country", "-scenario", "self-grant"}
	require.NoError(t, run(ended, args, &out))
	assert.Regexp(t, `^\d+ events at https://127\.0\.0\.1:\d+ until Ctrl-C\n\nauth_token: eyJ\S+\n`+
		`ssl\.certificate_authorities: \["\S+ca\.pem"\]\n$`, out.String())
}

func TestUnknownScenarioAndNumberOfPeopleAreErrors(t *testing.T) {
	err := run(t.Context(), []string{"-scenario", "earthquake"}, &bytes.Buffer{})
	require.ErrorContains(t, err, `unknown scenario "earthquake"`)
	err = run(t.Context(), []string{"-people", "3"}, &bytes.Buffer{})
	require.EqualError(t, err, "-people is 3, use 60 to 360")
}
