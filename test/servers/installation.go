package servers

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// sources holds the launchers, and for each server the pom.xml that names its jars.
//
//go:embed java
var sources embed.FS

// installation describes what a Java server consists of.
type installation struct {
	server  string   // name in errors
	name    string   // of the directory of the sources, and in the cache
	version string   // of the jars
	classes []string // patterns of the files to compile, below java
	// finish adds other files to the home directory. It may be nil.
	finish func(home string) error
}

// install returns the home directory of the server, which has the jars in lib and the launcher in
// classes, and the JDK to run it. It downloads and compiles only once for a version and these
// sources.
func (i installation) install(ctx context.Context) (home string, java jdk, err error) {
	java, found := findJDK(ctx, jdkCandidates())
	if err := ctx.Err(); err != nil { // then no compiler has printed its version
		return "", "", fmt.Errorf("find a JDK for %s: %w", i.server, err)
	}
	if !found {
		return "", "", missingJDK(i.server)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", "", fmt.Errorf("find the cache of %s: %w", i.server, err)
	}
	home = filepath.Join(cache, "eventsapibeat", "servers", i.cacheName())
	if _, err := os.Stat(home); err == nil {
		return home, java, nil
	}
	if _, err := exec.LookPath("mvn"); err != nil {
		return "", "", missingMaven(i.server)
	}
	if err := i.makeHome(ctx, home, java); err != nil {
		return "", "", fmt.Errorf("install %s %s: %w", i.server, i.version, err)
	}
	return home, java, nil
}

// cacheName returns a name that changes with the version and with the sources, so that an
// installation is never outdated.
func (i installation) cacheName() string {
	hash := sha256.New()
	err := fs.WalkDir(sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := sources.ReadFile(name)
		_, _ = fmt.Fprintf(hash, "%s %d\n%s", name, len(text), text) // a hash returns no error
		return err
	})
	if err != nil {
		panic(err) // the files are part of this program
	}
	return i.name + "-" + i.version + "-" + hex.EncodeToString(hash.Sum(nil)[:4])
}

// makeHome makes the home directory under another name and then renames it, so that it is always
// complete, even if several processes make it at the same time.
func (i installation) makeHome(ctx context.Context, home string, java jdk) error {
	if err := os.MkdirAll(filepath.Dir(home), 0o700); err != nil {
		return err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(home), filepath.Base(home)+".new")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(fresh) }() // it exists only after an error; a rest in the cache does no harm
	if err := i.fill(ctx, fresh, java); err != nil {
		return err
	}
	if err := os.Rename(fresh, home); err != nil {
		if _, missing := os.Stat(home); missing != nil {
			return err
		} // otherwise another process was first
	}
	return nil
}

func (i installation) fill(ctx context.Context, home string, java jdk) error {
	if err := os.CopyFS(home, sources); err != nil {
		return err
	}
	pom := filepath.Join(home, "java", i.name, "pom.xml")
	err := run(ctx, "mvn", "-q", "-B", "-C", "-f", pom, "package", "-Dserver.version="+i.version, "-Dserver.home="+home)
	if err != nil {
		return err
	}
	// An older JDK may run the classes later.
	arguments := []string{"--release", fmt.Sprint(minimumRelease), "-d", filepath.Join(home, "classes"),
		"-cp", filepath.Join(home, "lib", "*")}
	files, err := i.files()
	if err != nil {
		return err
	}
	for _, file := range files {
		arguments = append(arguments, filepath.Join(home, filepath.FromSlash(file)))
	}
	if err := run(ctx, java.tool("javac"), arguments...); err != nil {
		return err
	}
	if i.finish != nil {
		return i.finish(home)
	}
	return nil
}

// files returns the sources to compile, by their names in sources.
func (i installation) files() ([]string, error) {
	var files []string
	for _, pattern := range i.classes {
		matches, err := fs.Glob(sources, "java/"+pattern)
		if err != nil {
			return nil, err
		}
		files = append(files, matches...)
	}
	return files, nil
}

// run runs a program to its end. Its output is part of the error.
func run(ctx context.Context, program string, arguments ...string) error {
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.WaitDelay = 5 * time.Second // on Windows mvn is a script, and its Java process keeps the output open
	output, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("run %s: %w\n%s", filepath.Base(program), errors.Join(ctx.Err(), err), lastLines(output))
	}
	return nil
}

// classPath returns where the virtual machine loads classes from.
func classPath(home string) string {
	return filepath.Join(home, "classes") + string(filepath.ListSeparator) + filepath.Join(home, "lib", "*")
}
