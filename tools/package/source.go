package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/eventsapibeat/eventsapibeat/internal/version"
)

// timeFormat is the format of the build time in libbeat's version.
const timeFormat = time.RFC3339

// source identifies what is built.
type source struct {
	commit string
	time   time.Time // of the commit, in UTC: the time of all files in archives and packages
}

// readSource returns the source in the working directory. Outside a git repository, the commit is
// "unknown" and the time is that of the zip format's first second. A tag of another version on the
// commit is an error.
func readSource(ctx context.Context) (source, error) {
	commit, err := git(ctx, "rev-parse", "HEAD")
	if err != nil {
		fmt.Println("building without a commit in the version:", err)
		return source{commit: "unknown", time: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}, nil
	}
	tags, err := git(ctx, "tag", "--points-at", "HEAD")
	if err != nil {
		return source{}, err
	}
	if err := checkTags(strings.Fields(tags)); err != nil {
		return source{}, err
	}
	committed, err := git(ctx, "log", "-1", "--format=%cI")
	if err != nil {
		return source{}, err
	}
	at, err := time.Parse(time.RFC3339, committed)
	if err != nil {
		return source{}, fmt.Errorf("time of the commit: %w", err)
	}
	if changes, err := git(ctx, "status", "--porcelain"); err == nil && changes != "" {
		fmt.Println("the work tree has changes that are not in commit", commit)
	}
	return source{commit: commit, time: at.UTC()}, nil
}

// checkTags returns an error if the tags name versions, but not that of the Beat.
func checkTags(tags []string) error {
	versions := slices.DeleteFunc(slices.Clone(tags), func(tag string) bool { return !versionTag.MatchString(tag) })
	if len(versions) == 0 || slices.Contains(versions, "v"+version.Version) {
		return nil
	}
	return fmt.Errorf("the commit has the tag %s, but internal/version has %s; correct one of them",
		strings.Join(versions, ", "), version.Version)
}

// versionTag matches a tag that names a version.
var versionTag = regexp.MustCompile(`^v\d`)

// git runs git and returns what it prints.
func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
}
