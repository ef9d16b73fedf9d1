package main

import (
	"strings"

	"github.com/eventsapibeat/eventsapibeat/internal/ecs"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// members returns the members of items that a field comes from, as a cell of docs/fields.md. It
// names the event types unless all have the same members. It returns a dash if the field comes from
// no member.
func members(field string) string {
	var lists []string             // different lists of members
	types := map[string][]string{} // the titles of the event types by list
	for _, eventType := range eventtype.All {
		sources := ecs.Sources(eventType.Name)[field]
		if len(sources) == 0 {
			continue
		}
		list := "`" + strings.Join(sources, "`, `") + "`"
		if types[list] == nil {
			lists = append(lists, list)
		}
		types[list] = append(types[list], strings.ToLower(eventType.Title))
	}
	switch {
	case len(lists) == 0:
		return code("")
	case len(types[lists[0]]) == len(eventtype.All):
		return lists[0]
	}
	for i, list := range lists {
		lists[i] = strings.Join(types[list], ", ") + ": " + list
	}
	return strings.Join(lists, "; ")
}
