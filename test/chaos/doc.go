// Command chaos runs the built Beat through faults of the Events API, of the output, of its disk and of itself, while events keep arriving, and counts
// what reached the output.
//
// It guarantees that the Beat runs with the published configuration, of which it changes token, trusted certificate, output host and sample_frequency
// only, and what a scenario is about; that each event of the simulated API is looked for in the output by its id; and that a line says ok only if none is
// missing, none is there twice, the fault was met, each SIGINT ended the Beat in time with status 0, and no token was logged.
//
// It does not guarantee that a seed repeats a run to the letter: it repeats the events and all that is drawn, such as the moment of a kill, but not what
// the Beat does at that moment. It turns no clock of the machine: a clock that jumps is that of the API, and times in the state files that are ahead of
// the Beat's. It does not break name resolution, but the proxy that resolves names for the Beat.
//
//	go run ./test/chaos -seed 7 -rounds 3
package main
