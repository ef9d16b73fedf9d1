package main

import (
	"encoding/csv"
	"fmt"
	"os"
)

// auditAction is one row of the table of audit actions, as it is written there.
type auditAction struct {
	Action, ObjectType, Description string
	Categories, Types               string // separated by spaces
	Target, Group, Vault            string // the members that hold the ids of these; empty: none
}

// readAuditActions reads the table of audit actions. What its rows may hold is for the tests of package ecs to say.
func readAuditActions(path string) ([]auditAction, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }() // only read
	reader := csv.NewReader(file)
	reader.FieldsPerRecord = 8
	rows, err := reader.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	var actions []auditAction
	for _, row := range rows[min(1, len(rows)):] { // without the heading
		actions = append(actions, auditAction{row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7]})
	}
	return actions, nil
}
