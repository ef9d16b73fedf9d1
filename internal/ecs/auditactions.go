package ecs

import (
	"bytes"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
)

// auditActionsFile is a table of the pairs of action and object type that 1Password documents. The pairs, and which member tells which thing, are 1Password's;
// the descriptions and the ECS categories and types are this project's. docs/audit-actions.md is made from it.
//
// Source: https://developer.1password.com/docs/events-api/audit-events
//
//go:embed auditactions.csv
var auditActionsFile []byte

// auditActionsHeading is the first row of the table: what its columns are.
var auditActionsHeading = []string{
	"action", "object_type", "what", "event.category", "event.type", "user.target.id", "group.id", "onepassword.vault_uuid",
}

// auditPair is what happened to which type of thing.
type auditPair struct{ action, objectType string }

// auditAction is what a pair means in ECS.
type auditAction struct {
	description          string   // for people
	categories           []string // event.category
	types                []string // event.type
	target, group, vault string   // the members that hold the ids of these: object_uuid, aux_uuid, or "" for none
}

// auditActions is the table, read once. A table with a fault, which TestAuditActionsHaveNoFault would find, makes pairs undocumented but stops nothing.
var auditActions = sync.OnceValue(func() map[auditPair]auditAction {
	actions, _ := parseAuditActions(auditActionsFile)
	return actions
})

// parseAuditActions reads the table. The error tells all its faults; what it returns beside one are the rows without fault.
func parseAuditActions(table []byte) (map[auditPair]auditAction, error) {
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("table of audit actions: %w", err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], auditActionsHeading) {
		return nil, fmt.Errorf("table of audit actions: the first row is not %s", strings.Join(auditActionsHeading, ","))
	}
	var faults []error
	actions := make(map[auditPair]auditAction, len(rows))
	for i, row := range rows[1:] {
		pair := auditPair{action: row[0], objectType: row[1]}
		action := auditAction{
			description: row[2],
			categories:  strings.Fields(row[3]),
			types:       strings.Fields(row[4]),
			target:      row[5],
			group:       row[6],
			vault:       row[7],
		}
		if err := action.check(pair, actions); err != nil {
			faults = append(faults, fmt.Errorf("table of audit actions: row %d: %w", i+2, err))
			continue
		}
		actions[pair] = action
	}
	return actions, errors.Join(faults...)
}

func (a auditAction) check(pair auditPair, others map[auditPair]auditAction) error {
	if _, twice := others[pair]; twice {
		return fmt.Errorf("%s of %s has a row already", pair.action, pair.objectType)
	}
	if pair.action == "" || pair.objectType == "" || a.description == "" || len(a.categories) == 0 || len(a.types) == 0 {
		return errors.New("one of the first five columns is empty")
	}
	for _, member := range []string{a.target, a.group, a.vault} {
		if !slices.Contains([]string{"", "object_uuid", "aux_uuid"}, member) {
			return fmt.Errorf("%q holds no id", member)
		}
	}
	return nil
}

// undocumentedAction is what an action means that stands in no row: as much as its verb tells.
func undocumentedAction(action string) auditAction {
	eventType := "info"
	switch action {
	case "create":
		eventType = "creation"
	case "delete", "purge":
		eventType = "deletion"
	case "view":
		eventType = "access"
	}
	return auditAction{categories: []string{"configuration"}, types: []string{eventType}}
}
