// Command package builds what a release of the Beat consists of, into build/dist:
//
//   - for each target an archive of the static binary, and its CycloneDX SBOM
//   - for Linux a deb and an rpm
//   - the folder image, which deploy/Dockerfile needs
//   - SHA256SUMS
//
// Run it at the top of the repository. Two runs for the same commit with the same version of Go
// write the same bytes, wherever the repository is.
//
// "package notice" writes NOTICE.txt, the licenses of the linked modules. It fails if a module has a
// license that packaging/licenses/rules.json does not allow. "package notice -check" writes nothing,
// and fails if NOTICE.txt is not current.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "notice" {
		flags := flag.NewFlagSet("package notice", flag.ContinueOnError)
		check := flags.Bool("check", false, "write nothing; fail if NOTICE.txt is not current")
		detector := flags.String("detector", "go-licence-detector", "path of go-licence-detector")
		if err := flags.Parse(args[1:]); err != nil {
			return err
		}
		return notice(ctx, *detector, *check)
	}
	flags := flag.NewFlagSet("package", flag.ContinueOnError)
	r := release{dir: "build/dist"}
	targets := flags.String("targets", allTargets(), "targets to build, separated by commas")
	flags.StringVar(&r.dir, "dir", r.dir, "folder to write to; what is in it is removed")
	flags.StringVar(&r.nfpm, "nfpm", "nfpm", "path of nfpm")
	flags.StringVar(&r.certificates, "certificates", "/usr/share/ca-certificates/mozilla",
		"folder of the certificates (*.crt) that the image trusts")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return errors.New("package takes no arguments")
	}
	return r.make(ctx, *targets)
}
