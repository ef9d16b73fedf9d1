// Package servers runs a real Elasticsearch node, a real Kafka broker and a real Redis on the loopback interface: a mock accepts what a real server
// refuses. It is for tests and tools, the Beat holds nothing of it.
//
// Elasticsearch and Kafka are the published jars, which Maven fetches once, under a small launcher that is compiled here; they need a JDK 21 or newer,
// and the first time Maven. Redis is the redis-server of the machine. What is missing is a MissingError.
//
// It guarantees that a server listens on 127.0.0.1 only, keeps its address and what it has acknowledged over Kill and Restart, and leaves no process and
// no file after Close; and that it ends when this process ends, in whatever way, a kill included. Elasticsearch and Kafka then remove their files as well,
// unless they were down just then.
//
// It does not guarantee
//   - that Redis ends with a process that was killed, other than on Linux, nor that its files then go: they stay in the folder of temporary files;
//   - that the data outlives a crash of the machine;
//   - the parts of Elasticsearch whose modules are not published: no lifecycles (_ilm, _lifecycle), no scripts, no update or delete by query, no ingest
//     processors, no security and no TLS, no ES|QL, and not the field types of modules, such as match_only_text, scaled_float, wildcard and
//     constant_keyword. The launcher answers for the licence, which is always basic, and for the paths of data streams.
//
// The jars and classes stay in the user's cache folder, under eventsapibeat/servers, which may be removed at any time that no server runs. A first
// start that is interrupted may leave a folder there that ends with .new and a number.
package servers
