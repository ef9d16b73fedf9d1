package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnknownTargetIsNamed(t *testing.T) {
	_, err := parseTargets("linux/amd64,plan9/mips")
	assert.ErrorContains(t, err, `"plan9/mips" is not a target`)
	all, err := parseTargets(allTargets())
	require.NoError(t, err)
	assert.Equal(t, targets, all)
}

func TestArchiveDependsOnNamesAndContentsOnly(t *testing.T) {
	modified := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		target target
		suffix string
		list   func(*testing.T, string) map[string]entry
	}{
		{target{"linux", "amd64"}, ".tar.gz", listTar},
		{target{"windows", "amd64"}, ".zip", listZip},
	} {
		t.Run(tc.target.String(), func(t *testing.T) {
			var archives [2][]byte
			for i, mode := range []fs.FileMode{0o600, 0o777} {
				dir, out := t.TempDir(), t.TempDir()
				for _, name := range []string{tc.target.binary(), "LICENSE", "docs/page.md"} {
					path := filepath.Join(dir, name)
					require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
					require.NoError(t, os.WriteFile(path, []byte(name), mode))
				}
				path := filepath.Join(out, "beat-1")
				require.NoError(t, writeArchive(path, dir, tc.target, modified))
				content, err := os.ReadFile(path + tc.suffix)
				require.NoError(t, err)
				archives[i] = content
				assert.Equal(t, map[string]entry{
					"beat-1/" + tc.target.binary(): {tc.target.binary(), 0o755},
					"beat-1/LICENSE":               {"LICENSE", 0o644},
					"beat-1/docs/page.md":          {"docs/page.md", 0o644},
				}, tc.list(t, path+tc.suffix))
			}
			assert.Equal(t, archives[0], archives[1])
		})
	}
}

// entry is a file in an archive.
type entry struct {
	content string
	mode    fs.FileMode
}

func listTar(t *testing.T, path string) map[string]entry {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	compressed, err := gzip.NewReader(file)
	require.NoError(t, err)
	entries := map[string]entry{}
	for archive := tar.NewReader(compressed); ; {
		header, err := archive.Next()
		if err == io.EOF {
			return entries
		}
		require.NoError(t, err)
		content, err := io.ReadAll(archive)
		require.NoError(t, err)
		assert.Zero(t, header.Uid)
		entries[header.Name] = entry{string(content), header.FileInfo().Mode()}
	}
}

func listZip(t *testing.T, path string) map[string]entry {
	archive, err := zip.OpenReader(path)
	require.NoError(t, err)
	defer func() { _ = archive.Close() }()
	entries := map[string]entry{}
	for _, file := range archive.File {
		opened, err := file.Open()
		require.NoError(t, err)
		content, err := io.ReadAll(opened)
		require.NoError(t, err)
		entries[file.Name] = entry{string(content), file.Mode()}
	}
	return entries
}
