package eventsapi

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"
	"sync"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxTokenBytes bounds what is read of a token file. A token has less than 2,000 characters.
const maxTokenBytes = 64 << 10

// TokenSource has the token that requests are made with: a fixed one, or that of a file which may be replaced at any time. It is safe for concurrent use.
type TokenSource struct {
	path string // of the file; "" for a fixed token

	mu    sync.Mutex // guards both below
	token Token
	read  fs.FileInfo // of the file, when it was last read; nil before
}

// FixedToken returns a source of one token that never changes.
func FixedToken(token Token) *TokenSource {
	return &TokenSource{token: token}
}

// TokenFile returns a source of the token in the file at path, which is not read yet: Reload reads it.
func TokenFile(path string) *TokenSource {
	return &TokenSource{path: path}
}

// Token returns the token to make a request with; the zero Token as long as a token file has not been read.
func (s *TokenSource) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// Loaded reports whether there is a token.
func (s *TokenSource) Loaded() bool {
	return s.Token().text != nil
}

// ReadableByOthers reports whether any user of the machine may read the token file, as it was when it was last read. It is false on Windows, where the mode
// does not say so.
func (s *TokenSource) ReadableByOthers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read != nil && s.read.Mode().Perm()&0o004 != 0 && runtime.GOOS != "windows"
}

// Reload reads the token file if it was not read yet, was replaced or has changed, or in any case if force is set. It reports whether the token is another one
// than before. On an error, which names the file, the token stays as it is. A token for another host or account is an error: a stored cursor means nothing
// there.
func (s *TokenSource) Reload(force bool) (changed bool, err error) {
	if s.path == "" {
		return false, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	info, err := os.Stat(s.path)
	if err != nil {
		return false, fmt.Errorf("read token file: %w", err)
	}
	if !force && s.read != nil && os.SameFile(info, s.read) && info.ModTime().Equal(s.read.ModTime()) && info.Size() == s.read.Size() {
		return false, nil
	}
	if !info.Mode().IsRegular() { // a FIFO would block whoever opens it, and a device may do anything
		return false, fmt.Errorf("token file %s is not a regular file", s.path)
	}
	token, info, err := s.load()
	if err != nil {
		return false, err
	}
	if s.read == nil {
		s.token, s.read = token, info
		return true, nil
	}
	if token.baseURL != s.token.baseURL {
		return false, fmt.Errorf("token file %s: the new token is for %s, not for %s; restart the Beat with another cursor_state_file to read there", s.path, token.Host(), s.token.Host())
	}
	if old, account := s.token.scope.Account, token.scope.Account; old != "" && account != "" && old != account {
		return false, fmt.Errorf("token file %s: the new token is of account %s, not of %s; restart the Beat with another cursor_state_file to read that one", s.path, account, old)
	}
	changed = *token.text != *s.token.text
	s.token, s.read = token, info
	return changed, nil
}

func (s *TokenSource) load() (Token, fs.FileInfo, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	info, err := f.Stat()
	if err != nil {
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	}
	// Editors on Windows begin a text with a byte-order mark, and may write UTF-16.
	text, err := io.ReadAll(transform.NewReader(io.LimitReader(f, maxTokenBytes+1), unicode.BOMOverride(encoding.Nop.NewDecoder())))
	switch {
	case err != nil:
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	case len(bytes.TrimSpace(text)) == 0:
		return Token{}, nil, fmt.Errorf("token file %s is empty; write the token into it that 1Password issued under Integrations > Events Reporting", s.path)
	case len(text) > maxTokenBytes:
		return Token{}, nil, fmt.Errorf("token file %s: the token %w", s.path, ErrTokenNotJWT)
	}
	token, err := ParseToken(string(text))
	if err != nil {
		return Token{}, nil, fmt.Errorf("token file %s: the token %w", s.path, err)
	}
	return token, info, nil
}
