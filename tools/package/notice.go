package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// noticePath is the generated file, licenses the folder with the rules.
const (
	noticePath = "NOTICE.txt"
	licenses   = "packaging/licenses"
)

// notice writes NOTICE.txt, or checks that it is current.
func notice(ctx context.Context, detector string, check bool) error {
	modules, err := linkedModules(ctx)
	if err != nil {
		return err
	}
	detected, err := detectLicenses(ctx, detector, modules)
	if err != nil {
		return err
	}
	text, err := noticeText(detected)
	if err != nil {
		return err
	}
	if !check {
		return os.WriteFile(noticePath, text, 0o644)
	}
	current, err := os.ReadFile(noticePath)
	if err == nil && !bytes.Equal(current, text) {
		err = fmt.Errorf("%s is not current: run `go tool mage notice` and commit the result", noticePath)
	}
	return err
}

// module is a Go module as "go list -json" describes it, as far as it is needed here.
type module struct {
	Path, Version, Dir string  `json:",omitempty"`
	Main               bool    `json:",omitempty"`
	Replace            *module `json:",omitempty"`
}

// forbiddenPackages is a part of the path of packages under the Elastic License. They are in the same
// module as libbeat, so that the license of the module does not reveal them.
const forbiddenPackages = "/x-pack/"

// linkedModules returns the modules that a binary of any target contains, in the order of their
// paths, without those of this repository. An x-pack package is an error.
func linkedModules(ctx context.Context) ([]module, error) {
	found := map[string]module{}
	for _, goos := range []string{"linux", "darwin", "windows"} {
		cmd := exec.CommandContext(ctx, "go", "list", "-deps", "-json=ImportPath,Module", ".")
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+goos, "GOARCH=amd64")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("list the packages for %s: %w", goos, err)
		}
		if err := addModules(found, out); err != nil {
			return nil, err
		}
	}
	modules := make([]module, 0, len(found))
	for _, m := range found {
		modules = append(modules, m)
	}
	slices.SortFunc(modules, func(a, b module) int { return cmp.Compare(a.Path, b.Path) })
	return modules, nil
}

// addModules adds the modules of the packages, a JSON object for each, to found.
func addModules(found map[string]module, packages []byte) error {
	decoder := json.NewDecoder(bytes.NewReader(packages))
	for decoder.More() {
		var p struct {
			ImportPath string
			Module     *module
		}
		if err := decoder.Decode(&p); err != nil {
			return err
		}
		if strings.Contains(p.ImportPath, forbiddenPackages) {
			return fmt.Errorf("the Beat links %s, which has the Elastic License", p.ImportPath)
		}
		m := p.Module
		isOurs := m == nil || m.Main || m.Replace != nil && strings.HasPrefix(m.Replace.Path, "./")
		if !isOurs { // nor of the standard library
			found[m.Path] = *m
		}
	}
	return nil
}

// license is a module with its license, as go-licence-detector found it.
type license struct{ name, version, kind, file, dir string }

// detectLicenses runs go-licence-detector. A license that the rules do not allow is an error.
func detectLicenses(ctx context.Context, detector string, modules []module) ([]license, error) {
	var in, stderr bytes.Buffer
	for _, m := range modules {
		if err := json.NewEncoder(&in).Encode(m); err != nil {
			return nil, err
		}
	}
	cmd := exec.CommandContext(ctx, detector, "-in", "-", "-rules", filepath.Join(licenses, "rules.json"),
		"-overrides", filepath.Join(licenses, "overrides.ndjson"),
		"-depsTemplate", filepath.Join(licenses, "modules.tmpl"), "-depsOut", "-")
	cmd.Stdin, cmd.Stderr = &in, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("check the licenses of the linked modules: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	var found []license
	for line := range strings.Lines(string(out)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); len(f) == 5 {
			found = append(found, license{f[0], f[1], f[2], f[3], f[4]})
		}
	}
	if len(found) != len(modules) {
		return nil, fmt.Errorf("%d modules are linked, but go-licence-detector found %d", len(modules), len(found))
	}
	return found, nil
}

// noticeText returns NOTICE.txt: the notice of the Beat, then that of each module. The text of the
// Apache License is in LICENSE, and not repeated.
func noticeText(modules []license) ([]byte, error) {
	own, err := os.ReadFile("NOTICE")
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	out.Write(own)
	out.WriteString("\nThe binaries contain the Go standard library, whose license is that of\n" +
		"golang.org/x/text, and the following modules. LICENSE has the text of the\n" +
		"Apache License, Version 2.0.\n")
	for _, m := range modules {
		fmt.Fprintf(&out, "\n%s\n%s %s\nLicense: %s\n", strings.Repeat("=", 80), m.name, m.version, m.kind)
		var text string
		if m.kind == "Apache-2.0" {
			text, err = apacheNotice(m.dir)
		} else {
			text, err = readText(m.file)
		}
		if err != nil {
			return nil, err
		}
		if text != "" {
			fmt.Fprintf(&out, "\n%s\n", text)
		}
	}
	return out.Bytes(), nil
}

// apacheNotice returns the text of the module's NOTICE file, "" if there is none. What follows a line
// of "=" is about the modules that the module uses, which are in our own list if they are linked.
func apacheNotice(dir string) (string, error) {
	for _, name := range []string{"NOTICE", "NOTICE.txt", "NOTICE.md"} {
		text, err := readText(filepath.Join(dir, name))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		text, _, _ = strings.Cut(text, "\n==========")
		return strings.TrimSpace(text), err
	}
	return "", nil
}

// readText returns the text of a file with our line ends and without white space around it.
func readText(path string) (string, error) {
	text, err := os.ReadFile(path)
	return strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")), err
}
