package servers

import "fmt"

// MissingError is the error of Elasticsearch, Kafka and Redis on a machine without a program that they need. It is always a pointer.
type MissingError struct {
	Server  string // "Elasticsearch", "Kafka" or "Redis"
	Program string // what is missing, and where it was looked for
	Remedy  string // how to get it
}

// Error is one line: which server cannot run, what is missing, and how to get it.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%s cannot run: no %s; %s", e.Server, e.Program, e.Remedy)
}

func missingJDK(server string) *MissingError {
	return &MissingError{
		Server:  server,
		Program: fmt.Sprintf("JDK %d or newer in JAVA_HOME, /usr/lib/jvm or PATH", minimumRelease),
		Remedy:  "get one from https://adoptium.net",
	}
}

func missingMaven(server string) *MissingError {
	return &MissingError{
		Server:  server,
		Program: "Maven (mvn) in PATH",
		Remedy:  "get it from https://maven.apache.org or with `apt-get install maven`",
	}
}

func missingRedis() *MissingError {
	return &MissingError{
		Server:  "Redis",
		Program: "redis-server in PATH",
		Remedy:  "get it with `apt-get install redis-server`, `brew install redis` or from https://redis.io",
	}
}
