// Command chaos runs the built Beat while the Events API, the output, the disk and the Beat itself
// fail and new events keep arriving. It then counts what reached the output.
//
// It guarantees that
//   - the Beat runs with the published configuration, except for the token, the trusted
//     certificate, the address of the output, sample_frequency, the enabled event types, and the settings
//     of the scenario;
//   - each event of the simulated API is searched for in the output by its id;
//   - the result of a scenario is ok only if no event is missing or stored twice, the fault
//     occurred, each SIGINT ended the Beat in time with status 0, and no token was logged.
//
// It does not guarantee that a seed repeats a run exactly. The seed determines the events and all
// random values, such as the time of a kill, but not what the Beat does at that time.
//
// It does not change the clock of the machine. Instead it changes the clock of the API or the times
// in state files. It does not break name resolution. Instead the proxy that resolves names fails.
//
//	go run ./test/chaos -seed 7 -rounds 3
package main
