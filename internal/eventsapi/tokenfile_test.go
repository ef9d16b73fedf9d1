package eventsapi

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"

	"github.com/eventsapibeat/eventsapibeat/test/fakeapi"
)

// tokenText returns a new token for a host.
func tokenText(host string) string { return tokenOfAccount(0, host) }

// tokenOfAccount returns a new token of the account with the seed.
func tokenOfAccount(seed uint64, host string) string {
	return fakeapi.New(fakeapi.Options{Seed: seed}).
		Token(fakeapi.TokenOptions{Audience: []string{host}, Features: []string{"itemusages"}})
}

// loadedTokenFile returns a source that has read its file.
func loadedTokenFile(t *testing.T, path string) *TokenSource {
	t.Helper()
	source := TokenFile(path)
	_, err := source.Reload(false)
	require.NoError(t, err)
	require.True(t, source.Loaded())
	return source
}

func TestTokenFileThatCannotBeReadYetIsReadLater(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	source := TokenFile(path)
	assert.False(t, source.Loaded())
	for name, write := range map[string]func() error{
		"missing": func() error { return nil },
		"empty":   func() error { return os.WriteFile(path, []byte(" \n"), 0o600) },
	} {
		require.NoError(t, write())
		_, err := source.Reload(false)
		require.ErrorContains(t, err, path, name)
		assert.False(t, source.Loaded(), name)
	}
	require.NoError(t, os.WriteFile(path, []byte(tokenText("events.example.com")), 0o600))
	changed, err := source.Reload(false)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.True(t, source.Loaded())
	assert.Equal(t, "events.example.com", source.Token().Host())
}

func TestByteOrderMarkOfATokenFileIsIgnored(t *testing.T) {
	text := tokenText("events.example.com")
	for name, encoded := range map[string]struct {
		encoding encoding.Encoding
	}{
		"UTF-8":                {unicode.UTF8BOM},
		"UTF-16 little endian": {unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		"UTF-16 big endian":    {unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
	} {
		t.Run(name, func(t *testing.T) {
			content, err := encoded.encoding.NewEncoder().String(text + "\r\n")
			require.NoError(t, err)
			require.NotEqual(t, text[0], content[0])
			path := filepath.Join(t.TempDir(), "token")
			require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
			assert.Equal(t, text, *loadedTokenFile(t, path).Token().text)
		})
	}
}

func TestTokenFileThatOthersCanReadIsReported(t *testing.T) {
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o440: false, 0o644: true, 0o604: true} {
		path := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(path, []byte(tokenText("events.example.com")), 0o600))
		require.NoError(t, os.Chmod(path, mode))
		assert.Equal(t, want, loadedTokenFile(t, path).ReadableByOthers(), "%o", mode)
	}
	assert.False(t, TokenFile("unread").ReadableByOthers())
}

func TestTokenFileIsReadAgainWhenItChanges(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	first, second := tokenText("events.example.com"), tokenText("events.example.com")
	require.NoError(t, os.WriteFile(path, []byte(first+"\n"), 0o600))
	source := loadedTokenFile(t, path)
	assert.Equal(t, first, *source.Token().text)

	changed, err := source.Reload(false)
	require.NoError(t, err)
	assert.False(t, changed)

	require.NoError(t, os.WriteFile(path, []byte(second), 0o600))
	later := time.Now().Add(time.Minute)
	require.NoError(t, os.Chtimes(path, later, later))
	changed, err = source.Reload(false)
	require.NoError(t, err)
	assert.True(t, changed)
	assert.Equal(t, second, *source.Token().text)
}

func TestForcedReloadReadsAFileWithTheSameTimeAndSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	first := tokenText("events.example.com")
	require.NoError(t, os.WriteFile(path, []byte(first), 0o600))
	source := loadedTokenFile(t, path)
	info, err := os.Stat(path)
	require.NoError(t, err)
	second := first[:len(first)-4] + strings.Repeat("A", 4)
	require.NoError(t, os.WriteFile(path, []byte(second), 0o600))
	require.NoError(t, os.Chtimes(path, info.ModTime(), info.ModTime()))

	changed, err := source.Reload(false)
	require.NoError(t, err)
	assert.False(t, changed, "it looks the same")
	changed, err = source.Reload(true)
	require.NoError(t, err)
	assert.True(t, changed)
}

func TestUnusableTokenFileDoesNotChangeTheToken(t *testing.T) {
	cases := map[string]struct {
		text string
		want string
	}{
		"empty":     {"", "is empty"},
		"nonsense":  {"nonsense", "is not a JSON Web Token"},
		"too large": {strings.Repeat("a", maxTokenBytes+1), "is not a JSON Web Token"},
		"other account": {
			tokenOfAccount(1, "events.example.com"),
			"the new token is of account " + fakeapi.New(fakeapi.Options{Seed: 1}).Account() + ", not of ",
		},
		"other host": {
			tokenText("events.example.org"),
			"the new token is for events.example.org, not for events.example.com",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "token")
			require.NoError(t, os.WriteFile(path, []byte(tokenText("events.example.com")), 0o600))
			source := loadedTokenFile(t, path)
			before := *source.Token().text
			require.NoError(t, os.WriteFile(path, []byte(tc.text), 0o600))
			changed, err := source.Reload(true)
			require.ErrorContains(t, err, path)
			require.ErrorContains(t, err, tc.want)
			assert.False(t, changed)
			assert.Equal(t, before, *source.Token().text)
		})
	}
	t.Run("gone", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "token")
		require.NoError(t, os.WriteFile(path, []byte(tokenText("events.example.com")), 0o600))
		source := loadedTokenFile(t, path)
		require.NoError(t, os.Remove(path))
		_, err := source.Reload(false)
		require.ErrorContains(t, err, path)
	})
	t.Run("a directory", func(t *testing.T) {
		_, err := TokenFile(t.TempDir()).Reload(false)
		require.ErrorContains(t, err, "is not a regular file")
	})
}

func TestFixedTokenNeverChanges(t *testing.T) {
	token, err := ParseToken(tokenText("events.example.com"))
	require.NoError(t, err)
	changed, err := FixedToken(token).Reload(true)
	require.NoError(t, err)
	assert.False(t, changed)
}

func TestTokenWithoutTheFeaturesClaimHasEveryFeature(t *testing.T) {
	sim := fakeapi.New(fakeapi.Options{})
	for want, features := range map[bool][]string{true: nil, false: {}} {
		token, err := ParseToken(
			sim.Token(fakeapi.TokenOptions{Audience: []string{"events.example.com"}, Features: features}),
		)
		require.NoError(t, err)
		assert.Equal(t, want, token.Scope().HasFeature(signIns), "the claim %v", features)
	}
}

func TestPlainHTTPIsAcceptedOnLoopbackOnly(t *testing.T) {
	cases := map[string]struct {
		audience string
		want     string
		err      error
	}{
		"bare host":        {"events.example.com", "https://events.example.com", nil},
		"with a port":      {"events.example.com:8443", "https://events.example.com:8443", nil},
		"https":            {"https://events.example.com", "https://events.example.com", nil},
		"http on loopback": {"http://127.0.0.1:8080", "http://127.0.0.1:8080", nil},
		"http on IPv6":     {"http://[::1]:8080", "http://[::1]:8080", nil},
		"http, localhost":  {"http://localhost", "http://localhost", nil},
		"http":             {"http://events.example.com", "", ErrTokenPlainHTTP},
		"http, look-alike": {"http://127.0.0.1.example.com", "", ErrTokenPlainHTTP},
		"ftp":              {"ftp://events.example.com", "", ErrTokenNoAudience},
		"path":             {"events.example.com/path", "", ErrTokenNoAudience},
		"user":             {"user@events.example.com", "", ErrTokenNoAudience},
		"nothing":          {"", "", ErrTokenNoAudience},
		"port only":        {":443", "", ErrTokenNoAudience},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := baseURL(tc.audience)
			require.ErrorIs(t, err, tc.err)
			assert.Equal(t, tc.want, got)
		})
	}
}
