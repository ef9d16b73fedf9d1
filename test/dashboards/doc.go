// Package dashboards checks the saved objects in kibana/7, and runs the queries of their panels on a
// real Elasticsearch, without Kibana. The integration tests, the demonstration and the pictures in
// docs/dashboards.md use it.
//
// It reads the objects as Kibana gets them, not the files in _meta/kibana that they are made from. Lens
// turns its columns into aggregations in the browser: package dashboards does the same for the
// operations that the dashboards have. KQL is translated beforehand, by Kibana's own parser: see
// docs/testing.md.
//
// It does not know how Kibana draws a panel, and cannot show that Kibana accepts an object.
package dashboards
