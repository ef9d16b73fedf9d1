// Command docgen writes the generated configurations and documents of the repository:
//
//   - eventsapibeat.yml, packaging/eventsapibeat.yml, eventsapibeat.reference.yml and
//     docs/configuration.md from the templates and options.yml in _meta; libbeat's sections come from
//     the templates of the libbeat module
//   - docs/cli.md from the commands of the Beat
//   - docs/fields.md from fields.yml and the tables of internal/ecs
//   - docs/audit-actions.md and internal/ecs/auditactions_table.go from internal/ecs/auditactions.csv,
//     the table that the mapping of audit events uses
//   - the dashboards in kibana/7 and docs/dashboards.md from _meta/kibana
//   - docs/detections.md, the file that Kibana imports and the rules in the format of Sigma from the
//     rules in detections
//
// Run it at the top of the repository. With -check it writes nothing, and exits with status 1 if a
// file is not current. The output depends on the sources only.
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	check := flag.Bool("check", false, "write nothing; fail if a generated file is not current")
	flag.Parse()
	if err := run(".", *check); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run writes the generated files of the repository at root. If check is true, it writes nothing and
// returns an error that names each file that is not current.
func run(root string, check bool) error {
	files, err := render(root)
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		path := filepath.Join(root, file.path)
		if check {
			errs = append(errs, compare(path, file))
		} else {
			errs = append(errs, write(path, file))
		}
	}
	return errors.Join(errs...)
}

// compare returns an error if the file at path is not current.
func compare(path string, file generatedFile) error {
	current, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if !bytes.Equal(current, file.content) {
		return fmt.Errorf("%s is not current: run `go tool mage generate` and commit the result", file.path)
	}
	return nil
}

func write(path string, file generatedFile) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	// libbeat refuses a configuration file that users other than its owner can write.
	return os.WriteFile(path, file.content, 0o644)
}
