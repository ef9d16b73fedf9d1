package detections

import (
	"regexp"
	"slices"
	"strings"
)

// Dashboards are the titles of the dashboards that investigation guides link to, by their names. The ID
// of a dashboard in Kibana is eventsapibeat-1password- and its name.
var Dashboards = map[string]string{
	"overview":   "Overview",
	"signins":    "Sign-ins", //nolint:misspell // the plural of sign-in, as an ID
	"items":      "Item usage",
	"changes":    "Changes and access",
	"user":       "One user",
	"collection": "Collection",
}

// dashboardLink matches the link to a dashboard in an investigation guide.
var dashboardLink = regexp.MustCompile(`\[([^\]]+)\]\(dashboard:(\w+)\)`)

// Guide returns the investigation guide for Kibana, with links to the dashboards of the default space.
func (r *Rule) Guide() string {
	guide := dashboardLink.ReplaceAllString(r.Investigation,
		"[1Password: $1](/app/dashboards#/view/eventsapibeat-1password-$2)")
	return "## Investigation\n\n" + strings.TrimSpace(guide)
}

// Steps returns the investigation steps without links to Kibana.
func (r *Rule) Steps() string {
	return strings.TrimSpace(dashboardLink.ReplaceAllString(r.Investigation, "the dashboard $1"))
}

// LinkedDashboards returns the names of the dashboards that the investigation guide links to, each
// with the title that the link shows.
func (r *Rule) LinkedDashboards() map[string]string {
	links := map[string]string{}
	for _, match := range dashboardLink.FindAllStringSubmatch(r.Investigation, -1) {
		links[match[2]] = match[1]
	}
	return links
}

// Fields returns the fields that the rule needs, sorted.
func (r *Rule) Fields() []string {
	fields := append(slices.Clone(r.GroupFields()), r.Timestamp)
	for _, query := range r.Queries() {
		fields = append(fields, query.Condition.Fields()...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

// Datasets returns the values of event.dataset that the rule selects, sorted.
func (r *Rule) Datasets() []string {
	var datasets []string
	for _, query := range r.Queries() {
		datasets = append(datasets, query.Condition.Values("event.dataset")...)
	}
	slices.Sort(datasets)
	return slices.Compact(datasets)
}
