// Package detections holds the detection rules for the documents of the Beat: one file a rule in
// rules, the ATT&CK techniques that they name, and the query DSL of each query.
//
// A rule has a type of Kibana: query, threshold, new_terms or eql. Its queries are in KQL. Their
// query DSL is in dsl, written by tools/kql with Kibana's own parser, so that a query can be run by
// Elasticsearch without Kibana, and turned into EQL and Sigma. Load checks that each query has its
// current DSL.
//
// The package knows the format of the rules. It does not evaluate them.
package detections
