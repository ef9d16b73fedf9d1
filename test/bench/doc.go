// Command bench measures the built Beat as a whole process, between a simulated Events API and a
// receiver of Elasticsearch's bulk requests. Both are processes of their own that do as little as
// possible: the API sends pages that it made before, the receiver counts documents.
//
// Every scenario also runs libbeat alone: a Beat that publishes documents which it has in memory
// already. They are those of the mapping, so that both encode and send the same. Machines and moments
// differ, so only ratios between the Beats of one run count. The Beats take turns.
//
// It guarantees that
//   - the Beat runs with the published configuration, except for the token, the trusted certificate,
//     the address of the output, a higher request quota, and what the scenario or -beat sets;
//   - a figure is printed only if the receiver got every event exactly once. Documents without an
//     id, such as those of 1Password's own Beat, are counted only.
//
// It does not guarantee that a goal is met: a goal that is missed is printed as such, and the exit
// status is 0. It runs on Linux only.
//
// The seconds and the CPU time of a run begin with the first request to the API and end with the
// last document. libbeat alone sends one request to the API just before it publishes.
package main
