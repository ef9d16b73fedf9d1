package main

import (
	"regexp"
	"slices"
	"strings"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
)

// ruleGroup is a section of docs/detections.md.
type ruleGroup struct {
	Title, Text string
	Rules       []detections.Rule
}

// ruleGroups returns the rules as docs/detections.md shows them: by what they are about, the most severe
// first.
func ruleGroups(rules []detections.Rule) []ruleGroup {
	groups := []ruleGroup{
		{Title: "Sign-ins", Text: "These rules need `signin_attempts`."},
		{Title: "Item usages", Text: "These rules need `item_usages`. The API reports items in shared vaults only."},
		{Title: "Changes and access", Text: "These rules need `audit_events`. Some need another event type as well."},
		{Title: "Building blocks", Text: "The alerts of these rules are hidden by default. " +
			"Each means little, but much next to another alert of the same user."},
		{Title: "Templates", Text: "These rules find nothing until you replace the placeholder in the query."},
		{Title: "Collection", Text: "These rules are about the collection itself. Those of type threshold need " +
			"[`collection_status`](monitoring.md#proof-that-events-arrive)."},
	}
	for _, rule := range rules {
		datasets := rule.Datasets()
		group := 2
		switch {
		case rule.BuildingBlock:
			group = 3
		case rule.Template:
			group = 4
		case len(datasets) == 0, slices.Contains(datasets, ecs.CollectionDataset):
			group = 5
		case slices.Contains(datasets, "1password.audit_events"):
		case slices.Contains(datasets, "1password.item_usages"):
			group = 1
		default:
			group = 0
		}
		groups[group].Rules = append(groups[group].Rules, rule)
	}
	for _, group := range groups {
		slices.SortStableFunc(group.Rules, func(a, b detections.Rule) int {
			return b.Severity.RiskScore() - a.Severity.RiskScore()
		})
	}
	return groups
}

// outsideAnchor matches what GitHub removes from a heading.
var outsideAnchor = regexp.MustCompile(`[^\w\s-]`)

// anchor returns the anchor of a heading, as GitHub derives it.
func anchor(title string) string {
	return strings.ReplaceAll(outsideAnchor.ReplaceAllString(strings.ToLower(title), ""), " ", "-")
}
