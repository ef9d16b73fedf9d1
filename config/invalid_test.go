package config

import (
	"errors"
	"io/fs"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	conf "github.com/elastic/elastic-agent-libs/config"
)

func TestErrorIsOfTheConfigurationUnlessAFileOrAVariableIsMissing(t *testing.T) {
	cases := map[string]struct {
		option  string
		invalid bool
	}{
		"unknown key":                   {"nonsense: 1", true},
		"value":                         {"timeout: nonsense", true},
		"verification mode":             {"ssl.verification_mode: nonsense", true},
		"token":                         {"auth_token: nonsense", true},
		"missing variable":              {"auth_token: ${NOT_SET_ANYWHERE}", false},
		"missing variable in TLS":       {"ssl.key_passphrase: ${NOT_SET_ANYWHERE}", false},
		"missing certificate":           {"ssl.certificate_authorities: [/missing/ca.pem]", false},
		"file without a certificate":    {"ssl.certificate_authorities: [reader.go]", false},
		"missing variable and a value":  {"auth_token: ${NOT_SET_ANYWHERE}\n  timeout: nonsense", true},
		"missing certificate and a key": {"ssl.certificate_authorities: [/missing/ca.pem]\n  nonsense: 1", true},
		"missing variable, certificates": {
			"auth_token: ${A_}\n  ssl.certificate_authorities: [/missing/ca.pem]",
			false,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := parseWith(t, tc.option)
			require.ErrorContains(t, err, "invalid configuration:\n")
			assert.Equal(t, tc.invalid, IsInvalid(err), "%v", err)
		})
	}
	t.Run("other sections", func(t *testing.T) {
		unpack := func(text string) error {
			c, err := conf.NewConfigWithYAML([]byte(text), "eventsapibeat.yml")
			require.NoError(t, err)
			return c.Unpack(&struct{ Events int }{})
		}
		assert.True(t, IsInvalid(unpack("events: many")))
		assert.False(t, IsInvalid(unpack("events: ${NOT_SET_ANYWHERE}")))
		assert.False(t, IsInvalid(errors.New("data path already locked")))
		assert.False(t, IsInvalid(&fs.PathError{Op: "open", Path: "meta.json", Err: fs.ErrPermission}))
	})
}
