package main

import (
	"cmp"
	"fmt"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"
)

// fieldGroup is one top-level entry of fields.yml.
type fieldGroup struct {
	Title       string  `yaml:"title"`
	Description string  `yaml:"description"`
	Fields      []field `yaml:"fields"`

	// Flat has the fields of the group by full name, sorted.
	Flat []field `yaml:"-"`
}

// field is a field in the format of libbeat's fields.yml, with the members that docs/fields.md
// shows.
type field struct {
	Name        string  `yaml:"name"`
	Type        string  `yaml:"type"`
	ObjectType  string  `yaml:"object_type"`
	AliasPath   string  `yaml:"path"`
	Description string  `yaml:"description"`
	Fields      []field `yaml:"fields"`
	MultiFields []field `yaml:"multi_fields"`
}

// readFields reads fields.yml. A field without description is an error.
func readFields(path string) ([]fieldGroup, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var groups []fieldGroup
	if err := yaml.Unmarshal(text, &groups); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	for i := range groups {
		group := &groups[i]
		group.Flat = flatten("", group.Fields)
		slices.SortFunc(group.Flat, func(a, b field) int { return cmp.Compare(a.Name, b.Name) })
		for _, f := range group.Flat {
			if f.Description == "" {
				return nil, fmt.Errorf("%s: field %s has no description", path, f.Name)
			}
		}
	}
	return groups, nil
}

// flatten returns the fields of documents by their full names, including the fields of groups and
// multi-fields.
func flatten(prefix string, fields []field) []field {
	var flat []field
	for _, f := range fields {
		f.Name = prefix + f.Name
		if len(f.Fields) > 0 {
			flat = append(flat, flatten(f.Name+".", f.Fields)...)
			continue
		}
		for _, multi := range f.MultiFields {
			multi.Name = f.Name + "." + multi.Name
			multi.Description = fmt.Sprintf("`%s`, indexed as %s.", f.Name, multi.Type)
			flat = append(flat, multi)
		}
		f.Type = displayType(f)
		flat = append(flat, f)
	}
	return flat
}

// displayType returns the type that docs/fields.md shows.
func displayType(f field) string {
	switch {
	case f.AliasPath != "":
		return fmt.Sprintf("alias of `%s`", f.AliasPath)
	case f.ObjectType != "":
		return "object of " + f.ObjectType
	case f.Type == "":
		return "keyword" // libbeat's default
	default:
		return f.Type
	}
}
