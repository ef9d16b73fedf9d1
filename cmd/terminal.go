package cmd

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

// readableLog makes libbeat's log readable if stderr is a terminal: libbeat writes JSON to stderr, and
// has no option for another form. The returned function ends that, after everything is written.
func readableLog() (end func()) {
	terminal := os.Stderr
	if !term.IsTerminal(int(terminal.Fd())) {
		return func() {}
	}
	reader, writer, err := os.Pipe()
	if err != nil {
		return func() {} // the log stays as it is
	}
	os.Stderr = writer
	done := make(chan struct{})
	go func() {
		defer close(done)
		writeReadable(terminal, reader)
	}()
	return func() {
		os.Stderr = terminal
		_ = writer.Close()
		<-done
	}
}

// unreadable are the fields of a log entry that writeReadable leaves out, or puts elsewhere.
var unreadable = []string{
	"@timestamp", "log.level", "log.logger", "log.origin", "message", "service.name", "ecs.version",
	"monitoring", "system_info", // long, for machines
}

// writeReadable copies lines. It writes a line that is a JSON object with a message as local time,
// level, logger, message and fields.
func writeReadable(out io.Writer, in io.Reader) {
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		_, _ = io.WriteString(out, readable(line)) // there is no other place for an error
		if err != nil {
			return
		}
	}
}

func readable(line string) string {
	var entry map[string]any
	if json.Unmarshal([]byte(line), &entry) != nil || entry["message"] == nil || entry["log.level"] == nil {
		return line
	}
	var text strings.Builder
	at := fmt.Sprint(entry["@timestamp"])
	if parsed, err := time.Parse("2006-01-02T15:04:05.999Z0700", at); err == nil {
		at = parsed.Local().Format("15:04:05")
	}
	fmt.Fprintf(&text, "%s %-5s ", at, strings.ToUpper(fmt.Sprint(entry["log.level"])))
	if logger, ok := entry["log.logger"]; ok {
		fmt.Fprintf(&text, "[%v] ", logger)
	}
	text.WriteString(printable(fmt.Sprint(entry["message"])))
	for _, name := range slices.Sorted(maps.Keys(entry)) {
		if slices.Contains(unreadable, name) {
			continue
		}
		value, isText := entry[name].(string)
		switch {
		case !isText:
			encoded, _ := json.Marshal(entry[name]) // it was decoded from JSON
			value = printable(string(encoded))
		case value == "" || strings.ContainsAny(value, " \""):
			value = strconv.Quote(value)
		default:
			value = printable(value)
		}
		fmt.Fprintf(&text, "  %s=%s", printable(name), value)
	}
	return text.String() + "\n"
}

// printable quotes a text that could control the terminal.
func printable(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}
