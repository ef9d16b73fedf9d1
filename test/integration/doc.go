// Package integration has the tests that run the built Beat with real servers: Elasticsearch, Kafka
// and Redis, and with a receiver of the Logstash protocol. They have the build tag integration; `go
// tool mage integration` runs them.
//
// They prove what a simulated server cannot: that a real server accepts what the Beat sends, keeps
// each event once, and finds it by its fields. The servers are those of package servers. If ES_URL
// names an Elasticsearch cluster, with ES_API_KEY ("id:key") or with ES_USERNAME and ES_PASSWORD,
// the tests use that cluster. It must not have an index, data stream or template whose name begins
// with eventsapibeat, and the tests leave none. Tests that kill a server start their own.
//
// They do not prove what the published core of Elasticsearch has no module for. Roles, ILM and data
// stream lifecycle are checked by the requests that the Beat sends.
package integration
