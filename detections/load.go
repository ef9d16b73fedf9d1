package detections

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

//go:embed rules/*.yml dsl/*.json attack.yml
var files embed.FS

// defaultInterval is the time between two runs of a rule that sets none.
const defaultInterval = 5 * time.Minute

// Load returns all rules, sorted by their files. It returns an error for each rule that has an
// unknown member, a technique that is not in attack.yml, or a query without its current DSL.
func Load() ([]Rule, error) { return load(files) }

func load(files fs.FS) ([]Rule, error) {
	techniques, err := readTechniques(files)
	if err != nil {
		return nil, err
	}
	paths, err := fs.Glob(files, "rules/*.yml")
	if err != nil {
		return nil, err
	}
	var rules []Rule
	var errs []error
	for _, path := range paths {
		rule, err := readRule(files, path, techniques)
		if err != nil {
			errs = append(errs, fmt.Errorf("detections/%s: %w", path, err))
			continue
		}
		rules = append(rules, rule)
	}
	return rules, errors.Join(errs...)
}

func readRule(files fs.FS, file string, techniques map[string]Technique) (Rule, error) {
	rule := Rule{File: strings.TrimSuffix(path.Base(file), ".yml"), Interval: defaultInterval}
	if err := readYAML(files, file, &rule); err != nil {
		return rule, err
	}
	for _, id := range rule.TechniqueIDs {
		technique, ok := techniques[id]
		if !ok {
			return rule, fmt.Errorf("technique %s is not in attack.yml", id)
		}
		rule.Techniques = append(rule.Techniques, technique)
	}
	return rule, rule.readDSL(files)
}

// readYAML reads a file that holds one document. A member that value does not have is an error.
func readYAML(files fs.FS, path string, value any) error {
	text, err := fs.ReadFile(files, path)
	if err != nil {
		return err
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(value); err != nil {
		return err
	}
	if err := decoder.Decode(new(any)); !errors.Is(err, io.EOF) {
		return errors.New("more than one YAML document")
	}
	return nil
}
