// Package harness runs the built Beat as a user runs it, and stands at both of its ends: tests and tools start processes, and tell what reached the output.
//
// It guarantees that a race which the race detector finds in the Beat is an error of the process that had it; that a process has its own home, and leaves
// nothing elsewhere; that the Ledger tells of every document whether it arrived, where, and how often it was sent; and that a Guard lets
// nothing through that its role does not allow.
//
// It does not guarantee that the Ledger answers as Elasticsearch does beyond what a Beat asks of it: it maps no fields, refuses no document
// unless told to, and runs no ingest pipeline.
package harness
