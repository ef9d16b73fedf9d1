package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// target is an operating system and an architecture, as Go names them.
type target struct{ os, arch string }

// targets are the targets of a release.
var targets = []target{
	{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "arm64"}, {"darwin", "amd64"}, {"windows", "amd64"},
}

func (t target) String() string { return t.os + "/" + t.arch }

// allTargets returns the names of all targets, separated by commas.
func allTargets() string {
	var names []string
	for _, t := range targets {
		names = append(names, t.String())
	}
	return strings.Join(names, ",")
}

// parseTargets returns the targets of a list as allTargets returns it.
func parseTargets(list string) (parsed []target, err error) {
next:
	for name := range strings.SplitSeq(list, ",") {
		for _, t := range targets {
			if t.String() == name {
				parsed = append(parsed, t)
				continue next
			}
		}
		return nil, fmt.Errorf("%q is not a target; expected some of %s", name, allTargets())
	}
	return parsed, nil
}

// binary returns the name of the Beat's executable.
func (t target) binary() string {
	if t.os == "windows" {
		return beatName + ".exe"
	}
	return beatName
}

// build builds the static binary into dir. The binary contains no path of this machine and no build
// time. -buildvcs=false because the state of the work tree would be part of it.
func (t target) build(ctx context.Context, dir string, s source) error {
	const version = "github.com/elastic/beats/v7/libbeat/version"
	flags := fmt.Sprintf("-s -w -X %[1]s.commit=%[2]s -X %[1]s.buildTime=%[3]s",
		version, s.commit, s.time.Format(timeFormat))
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags", flags,
		"-o", filepath.Join(dir, t.binary()), ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+t.os, "GOARCH="+t.arch,
		"GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build for %s: %w", t, err)
	}
	return nil
}
