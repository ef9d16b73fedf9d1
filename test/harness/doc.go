// Package harness runs the built Beat between a simulated Events API and an output. The tests of
// the built Beat (packages e2e, integration and chaos) and the demo use it.
//
// A [Harness] is a Beat in its own directory together with the simulated Events API that it reads.
// A [Recorder] is an output in place of Elasticsearch, a [Lumberjack] one in place of Logstash.
//
// It guarantees that
//   - [Beat.Published] changes nothing in the published configuration but the token, the trusted
//     certificate of the API and the address of Elasticsearch;
//   - a data race that the race detector finds in the Beat is an error of its [Process];
//   - a Beat writes nothing outside its own directory, and no Beat of a Harness outlives its test;
//   - a Recorder records the index of each document, and how often it was sent;
//   - a [PrivilegeCheck] forwards only requests that its role allows.
//
// A Recorder answers only the requests of a Beat. It has no mappings and no ingest pipelines, and
// refuses only duplicates, documents that are not JSON and what [Recorder.Refuse] chooses.
package harness
