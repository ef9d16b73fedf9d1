package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"slices"
	"strings"
)

// auditAction is one row of the table of audit actions.
type auditAction struct {
	Action, ObjectType, Description string
	Phrase, PhraseSelf              string // of the message
	Categories, Types               string // separated by spaces
	Target, Group, Vault, Item      string // the members that hold the ids of these; empty: none
}

// readAuditActions reads the table of audit actions. It does not validate the rows: auditTable
// does.
func readAuditActions(path string) ([]auditAction, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = len(auditActionColumns)
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(rows) == 0 || !slices.Equal(rows[0], auditActionColumns) {
		return nil, fmt.Errorf("read %s: the first row is not %s", path, strings.Join(auditActionColumns, ","))
	}
	var actions []auditAction
	for _, row := range rows[1:] {
		actions = append(actions, auditAction{
			row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7], row[8], row[9], row[10],
		})
	}
	return actions, nil
}
