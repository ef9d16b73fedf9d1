package demo

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// lineLength is the maximum number of characters of a line of a table.
const lineLength = 140

// writeTable writes rows of tab-separated cells in columns. It cuts lines that are too long.
func writeTable(out io.Writer, rows []string) error {
	var text bytes.Buffer
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(columns, strings.Join(rows, "\n")) // a buffer has no errors
	_ = columns.Flush()
	for line := range strings.Lines(text.String()) {
		line = strings.TrimRight(line, " \n")
		if characters := []rune(line); len(characters) > lineLength {
			line = string(characters[:lineLength-1]) + "…"
		}
		if _, err := fmt.Fprintln(out, line); err != nil {
			return err
		}
	}
	return nil
}
