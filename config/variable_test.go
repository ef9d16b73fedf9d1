package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The parser is that of go-ucfg. docs/configuration.md describes what it does to a variable.
func TestVariableIsParsedUnlessItIsQuotedInsideTheValue(t *testing.T) {
	const isList = "eventsapibeat.organization_name: a list or mapping is not valid"
	cases := map[string]struct {
		value, parsed string // parsed is "" if the value becomes a list
	}{
		"text":             {"Example Ltd", "Example Ltd"},
		"octal number":     {"0123", "83"},
		"hexadecimal":      {"0x10", "16"},
		"exponent":         {"1e3", "1000"},
		"truth value":      {"on", "true"},
		"comma":            {"Example, Ltd", ""},
		"brackets":         {"[Example]", ""},
		"quotes of itself": {`"0123"`, "0123"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Setenv("ORGANIZATION", tc.value)
			for _, written := range []string{"${ORGANIZATION}", `"${ORGANIZATION}"`} {
				config, err := parseWith(t, "organization_name: "+written)
				if tc.parsed == "" {
					require.ErrorContains(t, err, isList, written)
					continue
				}
				require.NoError(t, err)
				assert.Equal(t, tc.parsed, config.EventTypes[0].Account.OrganizationName, written)
			}
			config, err := parseWith(t, `organization_name: "'${ORGANIZATION}'"`)
			require.NoError(t, err)
			assert.Equal(t, tc.value, config.EventTypes[0].Account.OrganizationName)
		})
	}
}
