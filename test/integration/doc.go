// Package integration holds the tests that run the built Beat against real servers: Elasticsearch, Logstash's protocol, Kafka and Redis. They carry the
// build tag integration; `go tool mage integration` runs them.
//
// They prove what a mock can not: that a real server takes what the Beat sends, keeps each event once, and finds it under its fields. The servers are those
// of package servers. Where ES_URL names an Elasticsearch cluster, with ES_API_KEY ("id:key") or ES_USERNAME and ES_PASSWORD, the tests use that one
// instead; it must have no index, data stream or template that begins with eventsapibeat, and is left without any. What kills its server starts its own.
//
// They do not prove what the published core of Elasticsearch has no module for: roles, ILM and data stream lifecycle are checked by the requests that the
// Beat sends.
package integration
