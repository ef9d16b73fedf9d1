package main

import (
	"archive/tar"
	"archive/zip"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// entryWriter writes an entry of an archive and returns the writer of its content.
type entryWriter func(name string, mode fs.FileMode, size int64) (io.Writer, error)

// writeArchive writes path + ".zip" for Windows, path + ".tar.gz" for others. Its only top folder
// has the name of the archive and holds the files of dir, in the order of their names.
func writeArchive(path, dir string, t target, modified time.Time) (err error) {
	extension := ".tar.gz"
	if t.os == "windows" {
		extension = ".zip"
	}
	file, err := os.Create(path + extension)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	write, closeArchive := tarGzip(file, modified)
	if t.os == "windows" {
		write, closeArchive = zipped(file, modified)
	}
	if err := addFiles(write, filepath.Base(path), dir, t); err != nil {
		return fmt.Errorf("write %s: %w", path+extension, err)
	}
	return closeArchive()
}

// addFiles adds the files of dir below the folder top.
func addFiles(write entryWriter, top, dir string, t target) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		relative, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		content, err := os.Open(path)
		if err != nil {
			return err
		}
		defer content.Close() //nolint:errcheck // nothing was written
		info, err := content.Stat()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o644)
		if relative == t.binary() {
			mode = 0o755
		}
		out, err := write(top+"/"+filepath.ToSlash(relative), mode, info.Size())
		if err != nil {
			return err
		}
		_, err = io.Copy(out, content)
		return err
	})
}

func tarGzip(out io.Writer, modified time.Time) (entryWriter, func() error) {
	compressed, _ := gzip.NewWriterLevel(out, gzip.BestCompression) // fails for an invalid level only
	archive := tar.NewWriter(compressed)
	write := func(name string, mode fs.FileMode, size int64) (io.Writer, error) {
		// The zero owner is root, which libbeat accepts as the owner of a configuration.
		return archive, archive.WriteHeader(&tar.Header{
			Name: name, Mode: int64(mode), Size: size, ModTime: modified, Typeflag: tar.TypeReg,
		})
	}
	return write, func() error { return errors.Join(archive.Close(), compressed.Close()) }
}

func zipped(out io.Writer, modified time.Time) (entryWriter, func() error) {
	archive := zip.NewWriter(out)
	archive.RegisterCompressor(zip.Deflate, func(w io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(w, flate.BestCompression)
	})
	write := func(name string, mode fs.FileMode, _ int64) (io.Writer, error) {
		header := &zip.FileHeader{Name: name, Method: zip.Deflate, Modified: modified}
		header.SetMode(mode)
		return archive.CreateHeader(header)
	}
	return write, archive.Close
}
