// Package servers runs a real Elasticsearch node, a real Kafka broker and a real Redis on the
// loopback interface for tests and tools. A simulated server could accept a request that a real one
// refuses. The Beat does not import this package.
//
// Elasticsearch and Kafka are the published jars, which Maven downloads once, with a small launcher
// that is compiled here. They need JDK 21 or newer, and Maven the first time. Redis is the
// redis-server of the machine. If a program is missing, the error is a [MissingError].
//
// It guarantees that a server
//   - listens on 127.0.0.1 only;
//   - keeps its address and acknowledged data over Kill and Restart;
//   - leaves no process and no file after Close;
//   - ends when this process ends, even if this process is killed. Elasticsearch and Kafka then
//     remove their files, unless they were down at that time.
//
// It does not guarantee
//   - that Redis ends with a killed process on systems other than Linux, nor that its files are
//     removed then: they stay in the directory of temporary files;
//   - that the data survives a crash of the machine;
//   - the parts of Elasticsearch whose modules are not published: lifecycles (_ilm, _lifecycle),
//     scripts, update and delete by query, ingest processors, security, TLS, ES|QL, and field types
//     of modules such as match_only_text, scaled_float, wildcard and constant_keyword. The launcher
//     provides the license, which is always basic, and the API of data streams.
//
// The jars and classes stay in eventsapibeat/servers below the user's cache directory. It can be
// removed whenever no server runs. An interrupted first start may leave a directory there whose
// name ends in .new and a number.
package servers
