package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/tools/dashboards"
)

const beatName = "eventsapibeat"

// packagedPath is the configuration in the deb and the rpm. Its template is that of eventsapibeat.yml.
const packagedPath = "packaging/eventsapibeat.yml"

// generatedFile is the current content of a generated file. The path is relative to the top of the
// repository.
type generatedFile struct {
	path    string
	content []byte
}

// templateData is the data of the templates. libbeat's templates use the first three members.
type templateData struct {
	BeatName        string
	BeatIndexPrefix string
	Reference       bool
	Packaged        bool // of the deb and the rpm: the token is in a file, and logs go to the journal
	Options         options
	EventTypes      []eventtype.Type
	Fields          []fieldGroup
	AuditActions    []auditAction
	CommandLine     commandLine
	Detections      []ruleGroup
	Dashboards      []dashboards.Description
}

// render returns all generated files of the repository at root. The configurations and the documents
// have a template of their name.
func render(root string) ([]generatedFile, error) {
	opts, err := readOptions(filepath.Join(root, "_meta", "config", "options.yml"))
	if err != nil {
		return nil, err
	}
	fields, err := readFields(filepath.Join(root, "fields.yml"))
	if err != nil {
		return nil, err
	}
	actions, err := readAuditActions(filepath.Join(root, "internal", "ecs", "auditactions.csv"))
	if err != nil {
		return nil, err
	}
	commands, err := readCommands()
	if err != nil {
		return nil, err
	}
	rules, err := detections.Load()
	if err != nil {
		return nil, err
	}
	descriptions, err := dashboards.Describe(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	tmpl, err := parseTemplates(root)
	if err != nil {
		return nil, err
	}
	var files []generatedFile
	for _, path := range []string{
		beatName + ".yml", beatName + ".reference.yml", packagedPath,
		"docs/audit-actions.md", "docs/cli.md", "docs/configuration.md", "docs/dashboards.md", "docs/detections.md",
		"docs/fields.md",
	} {
		data := templateData{
			BeatName:        beatName,
			BeatIndexPrefix: beatName,
			Reference:       strings.Contains(path, ".reference."),
			Packaged:        path == packagedPath,
			Options:         opts,
			EventTypes:      eventtype.All,
			Fields:          fields,
			AuditActions:    actions,
			CommandLine:     commands,
			Detections:      ruleGroups(rules),
			Dashboards:      descriptions,
		}
		var out bytes.Buffer
		if err := tmpl.ExecuteTemplate(&out, filepath.Base(path)+".tmpl", data); err != nil {
			return nil, fmt.Errorf("render %s: %w", path, err)
		}
		files = append(files, generatedFile{path: path, content: tidy(out.Bytes())})
	}
	table, err := auditTable(actions)
	if err != nil {
		return nil, err
	}
	lines, err := kibanaRules(rules, fields)
	if err != nil {
		return nil, err
	}
	objects, err := dashboards.Objects(os.DirFS(root))
	if err != nil {
		return nil, err
	}
	for _, path := range slices.Sorted(maps.Keys(objects)) {
		files = append(files, generatedFile{path: path, content: objects[path]})
	}
	sigma, err := sigmaRules(rules)
	if err != nil {
		return nil, err
	}
	files = append(files,
		generatedFile{path: auditTablePath, content: table},
		generatedFile{path: kibanaRulesPath, content: lines},
	)
	return append(files, sigma...), nil
}

// parseTemplates parses the templates of libbeat and of this repository.
func parseTemplates(root string) (*template.Template, error) {
	libbeat, err := libbeatDir(root)
	if err != nil {
		return nil, err
	}
	tmpl := template.New(beatName)
	tmpl.Funcs(textFuncs()).Funcs(template.FuncMap{
		// include is the template action as a function, whose result can be piped.
		"include": func(name string, data any) (string, error) {
			var out strings.Builder
			err := tmpl.ExecuteTemplate(&out, name, data)
			return out.String(), err
		},
	})
	for _, glob := range []string{
		filepath.Join(libbeat, "_meta", "config", "*.tmpl"),
		filepath.Join(root, "_meta", "config", "*.tmpl"),
		filepath.Join(root, "_meta", "docs", "*.tmpl"),
	} {
		if _, err := tmpl.ParseGlob(glob); err != nil {
			return nil, fmt.Errorf("parse templates %s: %w", glob, err)
		}
	}
	return tmpl, nil
}

// libbeatDir returns the libbeat folder in the module cache. It lists a package instead of the
// module, because the go command then downloads a missing module.
func libbeatDir(root string) (string, error) {
	cmd := exec.Command("go", "list", "-find", "-f", "{{.Dir}}", "github.com/elastic/beats/v7/libbeat/version")
	cmd.Dir = root
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("find libbeat in the module cache: %w: %s", err, bytes.TrimSpace(stderr.Bytes()))
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

var (
	trailingSpace = regexp.MustCompile(`[ \t]+\n`)
	blankLines    = regexp.MustCompile(`\n{3,}`)
)

// tidy removes trailing white space and reduces several blank lines to one.
func tidy(text []byte) []byte {
	text = trailingSpace.ReplaceAll(text, []byte("\n"))
	text = blankLines.ReplaceAll(text, []byte("\n\n"))
	return append(bytes.TrimSpace(text), '\n')
}
