// Package dashboards makes the saved objects of Kibana in kibana/7 from the files in _meta/kibana: the
// dashboards and the saved searches. The command docgen writes them.
//
//   - queries.yml names queries in KQL. "{name}" in any query stands for the query of that name.
//   - searches.yml has the saved searches.
//   - Each other file is a dashboard: rows of panels. The widths of the panels of a row add up to the
//     48 columns of Kibana's grid, so that no panels overlap.
//
// kb-dashboard-core 0.4.1 (PyPI, MIT) compiles a similar YAML. It was tried with one dashboard and is not
// used: it is an alpha version, needs Python 3.12 or Pyodide in Node, and its result must be changed for
// libbeat's loader. The few kinds of panels of these dashboards need less code, which every test runs.
//
// A chart is a Lens visualization that is part of its dashboard ("by value"). Its format has no
// published specification. The package writes what Kibana 8.14 exports, in the subset that these
// dashboards need, so that 8.19 and 9.x migrate it. It does not check that Kibana accepts the objects.
package dashboards
