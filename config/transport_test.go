package config

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// parseWith parses a configuration of one event type with an option for all event types.
func parseWith(t *testing.T, option string) (*Config, error) {
	t.Helper()
	return parse(t, "eventsapibeat:\n  signin_attempts.auth_token: TOKEN\n  "+option+"\n")
}

func TestProxyURLNeedsASchemeAndAHost(t *testing.T) {
	const expected = "eventsapibeat.proxy_url: is not the URL of a proxy; " +
		"expected a scheme (http, https, socks5, socks5h) and a host, such as http://proxy.example.com:3128"
	cases := map[string]struct {
		url   string
		valid bool
	}{
		"http":                   {"http://proxy.example.com:3128", true},
		"https":                  {"https://proxy.example.com", true},
		"socks5":                 {"socks5://proxy.example.com:1080", true},
		"socks5h":                {"socks5h://proxy.example.com:1080", true},
		"upper case":             {"HTTP://PROXY.EXAMPLE.COM:3128", true},
		"IPv6":                   {"http://[2001:db8::1]:3128", true},
		"user and password":      {"http://user:secret@proxy.example.com:3128", true},
		"none":                   {"", true},
		"host and port":          {"proxy.example.com:3128", false},
		"host":                   {"proxy.example.com", false},
		"address and port":       {"192.0.2.1:3128", false},
		"address":                {"192.0.2.1", false},
		"localhost":              {"localhost:3128", false},
		"password, no scheme":    {"user:secret@proxy.example.com:3128", false},
		"no slashes":             {"http:proxy.example.com:3128", false},
		"no host":                {"http://", false},
		"port only":              {"http://:3128", false},
		"password, no host":      {"http://user:secret@:3128", false},
		"another scheme":         {"ftp://user:secret@proxy.example.com", false},
		"socks4":                 {"socks4://proxy.example.com:1080", false},
		"slashes, no scheme":     {"//proxy.example.com:3128", false},
		"port is not a number":   {"http://user:secret@proxy.example.com:port", false},
		"blank before":           {" http://proxy.example.com:3128", false},
		"control character":      {"http://user:secret@proxy.example.com\\x7f", false},
		"percent sign, password": {"http://user:100%secret@proxy.example.com", false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := parseWith(t, `proxy_url: "`+tc.url+`"`)
			if !tc.valid {
				require.ErrorContains(t, err, expected)
				assert.NotContains(t, err.Error(), "secret")
				assert.Len(t, strings.Split(err.Error(), "\n"), 2, "one error: %v", err)
				return
			}
			require.NoError(t, err)
			if tc.url == "" {
				assert.Nil(t, config.Transport.Proxy.URL)
			} else {
				assert.Equal(t, strings.ToLower(tc.url), strings.ToLower(config.Transport.Proxy.URL.String()))
			}
		})
	}
}

func TestTrustedFingerprintIsASHA256InHexadecimalDigits(t *testing.T) {
	const digits = "0123456789abcdef0123456789ABCDEF0123456789abcdef0123456789ABCDEF"
	withColons := string(bytes.Join(slices.Collect(slices.Chunk([]byte(digits), 2)), []byte(":")))
	cases := map[string]struct {
		text string
		want string // "" if it is not valid
	}{
		"digits":          {digits, digits},
		"with colons":     {withColons, digits},
		"one digit less":  {digits[1:], ""},
		"one byte less":   {digits[2:], ""},
		"one byte more":   {digits + "ab", ""},
		"SHA-1":           {digits[:40], ""},
		"a letter":        {"g" + digits[1:], ""},
		"a word":          {"nonsense", ""},
		"a name before":   {"sha256:" + digits, ""},
		"base64":          {"ASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4mrze8=", ""},
		"blanks":          {strings.ReplaceAll(withColons, ":", " "), ""},
		"colons only":     {":::", ""},
		"a path of a PEM": {"/etc/eventsapibeat/ca.pem", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			config, err := parseWith(t, `ssl.ca_trusted_fingerprint: "`+tc.text+`"`)
			if tc.want == "" {
				require.ErrorContains(t, err, `eventsapibeat.ssl.ca_trusted_fingerprint: "`+tc.text+
					`" is not valid; expected the SHA-256 of a certificate: 64 hexadecimal digits, with or without colons`)
				assert.Len(t, strings.Split(err.Error(), "\n"), 2, "one error: %v", err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, tc.want, config.Transport.TLS.CATrustedFingerprint)
		})
	}
	t.Run("none", func(t *testing.T) {
		config, err := parseWith(t, `ssl.ca_trusted_fingerprint: ""`)
		require.NoError(t, err)
		assert.Empty(t, config.Transport.TLS.CATrustedFingerprint)
	})
	t.Run("beside another error of the section", func(t *testing.T) {
		_, err := parseWith(t, "ssl: {ca_trusted_fingerprint: nonsense, verification_mode: some}")
		require.ErrorContains(t, err, "eventsapibeat.ssl.ca_trusted_fingerprint: ")
		assert.ErrorContains(t, err, "eventsapibeat.ssl.verification_mode: ")
	})
}
