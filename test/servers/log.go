package servers

import (
	"bytes"
	"errors"
	"io"
	"os"
)

const (
	lastLinesCount = 30
	lastLinesBytes = 16 << 10
)

// lastLines are the last lines of a log, enough to see why it ends.
func lastLines(log []byte) string {
	log = bytes.TrimSpace(log[max(0, len(log)-lastLinesBytes):])
	lines := bytes.Split(log, []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-lastLinesCount):], []byte("\n")))
}

// readLastLines returns the last lines of the log in a file, or why there are none.
func readLastLines(name string) string {
	log, err := readEnd(name)
	if err != nil {
		return err.Error()
	}
	return lastLines(log)
}

// readEnd reads no more of a file than lastLines looks at, however long a server has run.
func readEnd(name string) (_ []byte, err error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.NewSectionReader(file, max(0, info.Size()-lastLinesBytes), lastLinesBytes))
}
