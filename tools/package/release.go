package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

const beatName = "eventsapibeat"

// release writes the files of a release.
type release struct {
	dir          string // where they are written
	nfpm         string // path of nfpm
	certificates string // folder of the certificates for the image
	source       source
}

// make builds everything for the targets of the list.
func (r release) make(ctx context.Context, list string) error {
	selected, err := parseTargets(list)
	if err != nil {
		return err
	}
	if r.source, err = readSource(ctx); err != nil {
		return err
	}
	if err := os.RemoveAll(r.dir); err != nil {
		return err
	}
	for _, t := range selected {
		fmt.Println("building for", t)
		if err := r.makeTarget(ctx, t); err != nil {
			return err
		}
	}
	return r.writeChecksums()
}

// makeTarget makes the archive, the SBOM and, for Linux, the packages and the image's files.
func (r release) makeTarget(ctx context.Context, t target) error {
	name := fmt.Sprintf("%s-%s-%s-%s", beatName, version.Version, t.os, t.arch)
	// The files of the archive stay in a folder: the packages and their tests take them from there.
	dir := filepath.Join(r.dir, "files", t.os+"-"+t.arch)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	if err := t.build(ctx, dir, r.source); err != nil {
		return err
	}
	if err := copyFiles(dir, t); err != nil {
		return err
	}
	path := filepath.Join(r.dir, name)
	if err := writeSBOM(filepath.Join(dir, t.binary()), path+".cdx.json"); err != nil {
		return err
	}
	if err := writeArchive(path, dir, t, r.source.time); err != nil {
		return err
	}
	if t.os != "linux" {
		return nil
	}
	if err := r.writeImageFiles(dir, t); err != nil {
		return err
	}
	common := filepath.Join(r.dir, "files", "common")
	if err := r.writeCommonFiles(common); err != nil {
		return err
	}
	for _, format := range []string{"deb", "rpm"} {
		if err := r.runNfpm(ctx, format, dir, common, t); err != nil {
			return err
		}
	}
	return nil
}

// runNfpm makes a package with packaging/nfpm.yaml.
func (r release) runNfpm(ctx context.Context, format, files, common string, t target) error {
	cmd := exec.CommandContext(ctx, r.nfpm, "package", "-f", "packaging/nfpm.yaml", "-p", format, "-t", r.dir)
	cmd.Env = append(os.Environ(), "PKG_VERSION="+version.Version, "PKG_ARCH="+t.arch,
		"PKG_FILES="+files, "PKG_COMMON="+common,
		"SOURCE_DATE_EPOCH="+strconv.FormatInt(r.source.time.Unix(), 10))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("make the %s for %s: %w", format, t, err)
	}
	return nil
}

// writeCommonFiles writes what the packages have, but the archives have not or have elsewhere.
func (r release) writeCommonFiles(dir string) error {
	for _, path := range append(slices.Clone(assets), beatName+".reference.yml") {
		if err := copyTree(path, filepath.Join(dir, "share", path)); err != nil {
			return err
		}
	}
	return r.writeDebianChangelog(filepath.Join(dir, "changelog.Debian.gz"))
}

// writeDebianChangelog writes the changelog that Debian's policy demands. It names the version only:
// what changed is in the release notes.
func (r release) writeDebianChangelog(path string) error {
	var out bytes.Buffer
	compressed, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // fails for an invalid level only
	_, err := fmt.Fprintf(compressed, "%s (%s-1) stable; urgency=medium\n\n  * Version %[2]s.\n\n -- %[3]s  %[4]s\n",
		beatName, version.Version, "The eventsapibeat authors <eventsapibeat@users.noreply.github.com>",
		r.source.time.Format(time.RFC1123Z))
	if err := errors.Join(err, compressed.Close()); err != nil {
		return err
	}
	return os.WriteFile(path, out.Bytes(), 0o644)
}

// writeChecksums writes SHA256SUMS of the files in r.dir, as sha256sum does.
func (r release) writeChecksums() error {
	entries, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	var sums strings.Builder
	for _, entry := range entries {
		if entry.IsDir() {
			continue
		}
		sum, err := sha256File(filepath.Join(r.dir, entry.Name()))
		if err != nil {
			return err
		}
		fmt.Fprintf(&sums, "%s  %s\n", sum, entry.Name())
	}
	return os.WriteFile(filepath.Join(r.dir, "SHA256SUMS"), []byte(sums.String()), 0o644)
}

func sha256File(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close() //nolint:errcheck // nothing was written
	hash := sha256.New()
	if _, err := io.Copy(hash, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// assets are the dashboards, and the rules in the formats that users load.
var assets = []string{"kibana", "detections/eventsapibeat-rules.ndjson", "detections/sigma"}

// copyFiles copies what is beside the binary in every archive.
func copyFiles(dir string, t target) error {
	paths := []string{
		"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "NOTICE.txt",
		beatName + ".yml", beatName + ".reference.yml", "docs", "deploy",
	}
	for _, path := range append(paths, assets...) {
		if err := copyTree(path, filepath.Join(dir, path)); err != nil {
			return err
		}
	}
	if t.os == "windows" {
		return copyTree("packaging/WINDOWS.txt", filepath.Join(dir, "WINDOWS.txt"))
	}
	return nil
}

// copyTree copies a file or a folder. The modes do not depend on the umask or on git.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		copied := filepath.Join(to, relative)
		if entry.IsDir() {
			return errors.Join(os.MkdirAll(copied, 0o755), os.Chmod(copied, 0o755))
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		folder := filepath.Dir(copied)
		return errors.Join(os.MkdirAll(folder, 0o755), os.Chmod(folder, 0o755),
			os.WriteFile(copied, content, 0o644), os.Chmod(copied, 0o644))
	})
}
