// Package e2e holds the tests that run the built Beat as a process, between the simulated Events API and a receiver that answers as Elasticsearch does.
//
// They prove what the README and the documents promise a user of the binary: the published configuration, the exit status, the commands, the files. What
// can be shown without a process is shown in the other packages.
package e2e
