package harness

import (
	"regexp"
	"strings"
)

// link matches the target of a link in Markdown.
var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Links returns the targets of the links of a text in Markdown, without those to other sites.
func Links(text string) (targets []string) {
	for _, match := range link.FindAllStringSubmatch(text, -1) {
		if !strings.Contains(match[1], "://") {
			targets = append(targets, match[1])
		}
	}
	return targets
}
