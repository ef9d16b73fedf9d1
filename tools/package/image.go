package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeImageFiles copies what deploy/Dockerfile needs to the folder image: the Dockerfile itself, the
// binary of each Linux architecture and the common files. files is the folder of the target's files.
func (r release) writeImageFiles(files string, t target) error {
	dir := filepath.Join(r.dir, "image")
	// A folder that COPY makes itself gets the mode 0755 from some builders, in spite of --chmod.
	data := filepath.Join(dir, "volume", "data")
	for _, folder := range []string{data, filepath.Join(dir, "link"), filepath.Join(dir, t.arch)} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	if err := os.Chmod(data, 0o770); err != nil {
		return err
	}
	if err := os.Symlink("data", filepath.Join(dir, "link", "logs")); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	// A hard link saves the space of a second binary. The folders are on the same file system.
	if err := os.Link(filepath.Join(files, t.binary()), filepath.Join(dir, t.arch, t.binary())); err != nil {
		return err
	}
	certificates, err := r.caCertificates()
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		"ca-certificates.crt": certificates,
		// libbeat does not start without the name of a distribution.
		"os-release": []byte("NAME=\"scratch\"\nID=scratch\nVERSION_ID=0\n"),
		"passwd":     []byte("nonroot:x:65532:0:nonroot:/usr/share/eventsapibeat:/sbin/nologin\n"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o644); err != nil {
			return err
		}
	}
	for from, to := range map[string]string{
		"deploy/Dockerfile": "Dockerfile", beatName + ".yml": beatName + ".yml",
		"LICENSE": "LICENSE", "NOTICE.txt": "NOTICE.txt", beatName + ".reference.yml": beatName + ".reference.yml",
		"kibana": "kibana",
	} {
		if err := copyTree(from, filepath.Join(dir, to)); err != nil {
			return err
		}
	}
	return nil
}

// caCertificates returns the certificates of the package ca-certificates as one PEM text. It does not
// take /etc/ssl/certs/ca-certificates.crt, because an administrator may have added others there.
func (r release) caCertificates() ([]byte, error) {
	paths, err := filepath.Glob(filepath.Join(r.certificates, "*.crt"))
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("no certificates in %s: install ca-certificates, or name their folder with -certificates",
			r.certificates)
	}
	if err != nil {
		return nil, err
	}
	var all bytes.Buffer
	for _, path := range paths {
		certificate, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		all.Write(append(bytes.TrimSpace(certificate), '\n'))
	}
	return all.Bytes(), nil
}
