// Package e2e has the tests that run the built Beat between the simulated Events API and a recorder
// in place of Elasticsearch or Logstash.
//
// They prove what the README and the documents promise to a user of the binary: the published
// configuration, the exit status, the commands, the files. What can be proved without a process is
// proved by the tests of the other packages.
package e2e
