package main

import (
	"fmt"
	"strings"
	"text/template"

	"github.com/eventsapibeat/eventsapibeat/detections"
)

// commentWidth is the maximum length of a comment line before it is indented.
const commentWidth = 74

// textFuncs returns the functions of the templates, except include. libbeat's templates use header,
// subheader, indent and title.
func textFuncs() template.FuncMap {
	return template.FuncMap{
		"header":    func(title string) string { return heading(title, "=") },
		"subheader": func(title string) string { return heading(title, "-") },
		// libbeat's templates start sentences with the name of the Beat, which stays in lower case.
		"title":   func(name string) string { return name },
		"indent":  indent,
		"replace": replace,
		"comment": comment,
		"disable": func(text string) string { return prefixLines("#", text) },
		"summary": summary,
		"setting": option.setting,
		"forType": forType,
		"cell":    cell,
		"list":    func(words string) string { return strings.Join(strings.Fields(words), ", ") },
		"code":    code,
		"members": members,
		"anchor":  anchor,
		"span":    detections.Span,
		"join":    strings.Join,
		"fields":  func(names []string) string { return "`" + strings.Join(names, "`, `") + "`" },
	}
}

// heading returns the comment line that starts a section, in the style of every Beat.
func heading(title, rule string) string {
	side := strings.Repeat(rule, max(1, (78-len(title)-2)/2))
	return fmt.Sprintf("# %s %s %s", side, title, side)
}

// indent indents each line that is not blank.
func indent(columns int, text string) string {
	return prefixLines(strings.Repeat(" ", columns), text)
}

// prefixLines adds prefix to each line that is not blank.
func prefixLines(prefix, text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) != "" {
			lines[i] = prefix + line
		}
	}
	return strings.Join(lines, "\n")
}

// replace changes a line of a template of libbeat. It returns an error unless before occurs exactly
// once, so that a change of libbeat's templates is noticed.
func replace(before, after, text string) (string, error) {
	if n := strings.Count(text, before); n != 1 {
		return "", fmt.Errorf("replace: %q found %d times, want once", before, n)
	}
	return strings.Replace(text, before, after, 1), nil
}

// comment returns the paragraphs of text as a YAML comment, wrapped at commentWidth.
func comment(text string) string {
	var lines []string
	for i, paragraph := range strings.Split(strings.TrimSpace(text), "\n\n") {
		if i > 0 {
			lines = append(lines, "#")
		}
		line := "#"
		for word := range strings.FieldsSeq(paragraph) {
			if len(line)+1+len(word) > commentWidth && line != "#" {
				lines = append(lines, line)
				line = "#"
			}
			line += " " + word
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// summary returns the first paragraph of text.
func summary(text string) string {
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n\n")
	return first
}

// cell returns text as the content of a cell of a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "|", `\|`)
}

// code returns text as Markdown code, or a dash if text is empty.
func code(text string) string {
	if text == "" {
		return "–"
	}
	return "`" + cell(text) + "`"
}
