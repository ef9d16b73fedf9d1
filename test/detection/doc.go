// Package detection runs the rules of package detections on a real Elasticsearch, without Kibana. The
// integration tests and a demonstration use it.
//
// A [Runner] finds the alerts that a rule makes in a period in which it runs every five minutes, as
// Kibana would:
//
//   - query: one alert for each document that the query DSL finds.
//   - threshold: Elasticsearch counts by group and five minutes. A window as long as the rule's
//     look-back moves over these counts in Go. An alert ends the count of its documents.
//   - new_terms: Elasticsearch counts in the same way, and Go looks for the values that did not occur
//     in the history before.
//   - eql: Elasticsearch finds the documents of each step, and Go puts them together.
//
// Elasticsearch as it is started here has neither EQL nor ES|QL, and no aggregation that selects
// buckets. [Missed] simulates when rules run and when documents arrive, without Elasticsearch.
//
// It does not guarantee what is in Kibana only: the limit of 100 alerts of one run, exceptions,
// suppression and schedules that are late.
package detection
