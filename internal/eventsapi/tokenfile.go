package eventsapi

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
)

// maxTokenBytes bounds what is read of a token file. A token has less than 2,000 characters.
const maxTokenBytes = 64 << 10

// TokenSource has the token that requests are made with: a fixed one, or that of a file which may be replaced at any time. It is safe for concurrent use.
type TokenSource struct {
	path string // of the file; "" for a fixed token

	mu    sync.Mutex // guards both below
	token Token
	read  fs.FileInfo // of the file, when it was last read
}

// FixedToken is a source of one token for ever.
func FixedToken(token Token) *TokenSource {
	return &TokenSource{token: token}
}

// TokenFile is a source of the token in the file at path. The error names the file, or is one of the ErrToken errors.
func TokenFile(path string) (*TokenSource, error) {
	source := &TokenSource{path: path}
	token, info, err := source.load()
	if err != nil {
		return nil, err
	}
	source.token, source.read = token, info
	return source, nil
}

// Token is the token to make a request with.
func (s *TokenSource) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// Reload takes the token of the file if the file was replaced or changed since it was read, or in any case if force is set, and tells whether it is another
// one. On an error, which names the file, the token stays as it is. A token for another host or account is an error: a stored cursor means nothing there.
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
	if !force && os.SameFile(info, s.read) && info.ModTime().Equal(s.read.ModTime()) && info.Size() == s.read.Size() {
		return false, nil
	}
	token, info, err := s.load()
	if err != nil {
		return false, err
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
	if !info.Mode().IsRegular() {
		return Token{}, nil, fmt.Errorf("token file %s is not a file", s.path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxTokenBytes+1))
	if err != nil {
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	}
	if len(text) > maxTokenBytes {
		return Token{}, nil, fmt.Errorf("token file %s: %w", s.path, ErrTokenNotJWT)
	}
	token, err := ParseToken(string(text))
	if err != nil {
		return Token{}, nil, fmt.Errorf("token file %s: the token %w", s.path, err)
	}
	return token, info, nil
}
