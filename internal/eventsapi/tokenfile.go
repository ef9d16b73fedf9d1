package eventsapi

import (
	"bytes"
	"errors"
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

// maxTokenBytes is how much of a token file is read. A token has less than 2,000 characters.
const maxTokenBytes = 64 << 10

// TokenSource provides the token for requests: a fixed one, or that of a file which may be replaced
// at any time. It is safe for concurrent use.
type TokenSource struct {
	path string // of the file; "" for a fixed token

	reading sync.Mutex // held while the file is read, which may take long on a network file system

	mu    sync.Mutex // protects the fields below, which only a holder of reading changes
	token Token
	read  fs.FileInfo // of the file, when it was last read; nil before
}

// FixedToken returns a source of one token that never changes.
func FixedToken(token Token) *TokenSource {
	return &TokenSource{token: token}
}

// TokenFile returns a source of the token in the file at path. Reload reads the file.
func TokenFile(path string) *TokenSource {
	return &TokenSource{path: path}
}

// Token returns the current token; the zero Token until a token file has been read.
func (s *TokenSource) Token() Token {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.token
}

// Loaded reports whether there is a token.
func (s *TokenSource) Loaded() bool { return s.Token().text != nil }

// ReadableByOthers reports whether every user of the machine could read the token file when it was
// last read. It is false on Windows, where the file mode does not show it.
func (s *TokenSource) ReadableByOthers() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.read != nil && s.read.Mode().Perm()&0o004 != 0 && runtime.GOOS != "windows"
}

// Load reads the token file and accepts a token for any host and account. If it returns an error,
// which names the file, the previous token stays in use.
func (s *TokenSource) Load() error {
	if s.path == "" {
		return nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	token, info, err := s.readFile()
	if err != nil {
		return err
	}
	s.set(token, info)
	return nil
}

// Reload reads the token file if it has changed since it was last read, or if force is set, and
// reports whether the token changed. A token for another host or account is an error, because the
// stored cursor is not valid there. If Reload returns an error, which names the file, the previous
// token stays in use.
func (s *TokenSource) Reload(force bool) (changed bool, err error) {
	if s.path == "" {
		return false, nil
	}
	s.reading.Lock()
	defer s.reading.Unlock()
	if !force && s.read != nil {
		info, err := os.Stat(s.path)
		if err == nil && unchanged(info, s.read) {
			return false, nil
		}
	}
	token, info, err := s.readFile()
	if err != nil {
		return false, err
	}
	if s.read == nil {
		s.set(token, info)
		return true, nil
	}
	if token.baseURL != s.token.baseURL {
		return false, fmt.Errorf("token file %s: the new token is for %s, not for %s; "+
			"restart the Beat with another cursor_state_file to use it", s.path, token.Host(), s.token.Host())
	}
	if old, account := s.token.scope.Account, token.scope.Account; old != "" && account != "" && old != account {
		return false, fmt.Errorf("token file %s: the new token is of account %s, not of %s; "+
			"restart the Beat with another cursor_state_file to read that account", s.path, account, old)
	}
	changed = *token.text != *s.token.text
	s.set(token, info)
	return changed, nil
}

// set replaces the token. The caller holds reading.
func (s *TokenSource) set(token Token, info fs.FileInfo) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token, s.read = token, info
}

func unchanged(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size()
}

func (s *TokenSource) readFile() (Token, fs.FileInfo, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return Token{}, nil, unreadable(err)
	}
	if !info.Mode().IsRegular() { // opening a FIFO blocks, and opening a device may have any effect
		return Token{}, nil, fmt.Errorf("token file %s is not a regular file", s.path)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return Token{}, nil, unreadable(err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	if info, err = f.Stat(); err != nil {
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	}
	// Editors on Windows write a byte-order mark, and may write UTF-16.
	decoder := unicode.BOMOverride(encoding.Nop.NewDecoder())
	text, err := io.ReadAll(transform.NewReader(io.LimitReader(f, maxTokenBytes+1), decoder))
	switch {
	case err != nil:
		return Token{}, nil, fmt.Errorf("read token file: %w", err)
	case len(bytes.TrimSpace(text)) == 0:
		return Token{}, nil, fmt.Errorf("token file %s is empty; "+
			"write the token into it that 1Password issued under Integrations > Events Reporting", s.path)
	case len(text) > maxTokenBytes:
		return Token{}, nil, fmt.Errorf("token file %s: the token %w", s.path, ErrTokenNotJWT)
	}
	token, err := ParseToken(string(text))
	if err != nil {
		return Token{}, nil, fmt.Errorf("token file %s: the token %w", s.path, err)
	}
	return token, info, nil
}

// unreadable adds to an error about the token file what to do if the permission is missing.
func unreadable(err error) error {
	err = fmt.Errorf("read token file: %w", err)
	if errors.Is(err, fs.ErrPermission) {
		err = fmt.Errorf("%w; let the user of the Beat (ID %d) read it, such as by its group and mode 0640",
			err, os.Geteuid())
	}
	return err
}
