package servers

import (
	"errors"
	"fmt"
	"os"
)

// MissingError is the error of Elasticsearch, Kafka and Redis if a program that they need is not
// installed. It is always a pointer.
type MissingError struct {
	Server  string // "Elasticsearch", "Kafka" or "Redis"
	Program string // what is missing, and where it was searched for
	Remedy  string // how to install it
}

// Error says in one line which server cannot run, what is missing, and how to install it.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s cannot run: no %s; %s", e.Server, e.Program, e.Remedy)
}

// SkipTest reports whether a test is to be skipped because of an error: a MissingError, unless CI
// is set. In CI, a skipped test would not be noticed.
func SkipTest(err error) bool {
	missing := new(MissingError)
	return errors.As(err, &missing) && os.Getenv("CI") == ""
}

func missingJDK(server string) *MissingError {
	program := fmt.Sprintf("JDK %d or newer in JAVA_HOME, /usr/lib/jvm or PATH", minimumRelease)
	return &MissingError{server, program, "get one from https://adoptium.net"}
}

func missingMaven(server string) *MissingError {
	const remedy = "get it from https://maven.apache.org or with `apt-get install maven`"
	return &MissingError{server, "Maven (mvn) in PATH", remedy}
}

func missingRedis() *MissingError {
	const remedy = "get it with `apt-get install redis-server`, `brew install redis` or from https://redis.io"
	return &MissingError{"Redis", "redis-server in PATH", remedy}
}
