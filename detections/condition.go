package detections

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// Condition is a query as a tree.
type Condition struct {
	// Op is And, Or or Not, with their operands in Of, or Is, Exists, Less or AtLeast.
	Op Op
	Of []Condition
	// Field is the field of the others. Value is that of Is: a string or a bool, or the limit of Less
	// and AtLeast: a number or a time such as now+7d.
	Field string
	Value any
}

// Op is an operator of a condition.
type Op string

// The operators.
const (
	And     Op = "and"
	Or      Op = "or"
	Not     Op = "not"
	Is      Op = "is"
	Exists  Op = "exists"
	Less    Op = "lt"
	AtLeast Op = "gte"
)

// clause is a query of the DSL. Exactly one member is set. There are no other members in what KQL
// without wildcards becomes.
type clause struct {
	Bool *struct {
		Filter             []json.RawMessage `json:"filter"`
		Should             []json.RawMessage `json:"should"`
		MinimumShouldMatch int               `json:"minimum_should_match"`
		MustNot            json.RawMessage   `json:"must_not"`
	} `json:"bool"`
	Match       map[string]any        `json:"match"`
	MatchPhrase map[string]any        `json:"match_phrase"`
	Exists      map[string]string     `json:"exists"`
	Range       map[string]map[Op]any `json:"range"`
}

// parseCondition parses what Kibana's parser makes of KQL.
func parseCondition(dsl json.RawMessage) (Condition, error) {
	var c clause
	decoder := json.NewDecoder(bytes.NewReader(dsl))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&c); err != nil {
		return Condition{}, fmt.Errorf("DSL %s: %w", dsl, err)
	}
	switch {
	case c.members() != 1: // to leave out the others would change what the rule finds
	case c.Bool != nil && len(c.Bool.Filter) > 0:
		return group(And, c.Bool.Filter)
	case c.Bool != nil && len(c.Bool.Should) > 0 && c.Bool.MinimumShouldMatch == 1:
		return group(Or, c.Bool.Should)
	case c.Bool != nil && c.Bool.MustNot != nil:
		return group(Not, []json.RawMessage{c.Bool.MustNot})
	case c.Exists["field"] != "":
		return Condition{Op: Exists, Field: c.Exists["field"]}, nil
	default:
		for _, match := range []map[string]any{c.Match, c.MatchPhrase} {
			for field, value := range match {
				return Condition{Op: Is, Field: field, Value: value}, nil
			}
		}
		for field, limits := range c.Range {
			for op, limit := range limits {
				if len(limits) == 1 && (op == Less || op == AtLeast) {
					return Condition{Op: op, Field: field, Value: limit}, nil
				}
			}
		}
	}
	return Condition{}, fmt.Errorf("DSL %s is not supported", dsl)
}

// members returns the number of conditions that the clause has.
func (c clause) members() int {
	count := len(c.Match) + len(c.MatchPhrase) + len(c.Exists) + len(c.Range)
	if b := c.Bool; b != nil {
		count += min(len(b.Filter), 1) + min(len(b.Should), 1) + min(len(b.MustNot), 1)
	}
	return count
}

// group returns a condition of several others. Kibana's parser puts a single condition into an or:
// that becomes the condition alone. An and in an and, and an or in an or, become one.
func group(op Op, parts []json.RawMessage) (Condition, error) {
	c := Condition{Op: op}
	for _, part := range parts {
		inner, err := parseCondition(part)
		if err != nil {
			return Condition{}, err
		}
		if inner.Op == op && op != Not {
			c.Of = append(c.Of, inner.Of...)
		} else {
			c.Of = append(c.Of, inner)
		}
	}
	if len(c.Of) == 1 && op != Not {
		return c.Of[0], nil
	}
	return c, nil
}

// In returns the field and the values of a condition that is true for several values of one field.
func (c Condition) In() (field string, values []any, ok bool) {
	if c.Op != Or {
		return "", nil, false
	}
	for _, inner := range c.Of {
		if inner.Op != Is || inner.Field != c.Of[0].Field {
			return "", nil, false
		}
		values = append(values, inner.Value)
	}
	return c.Of[0].Field, values, true
}

// Fields returns the fields of the condition, sorted.
func (c Condition) Fields() []string {
	fields := map[string]bool{}
	c.Walk(func(c Condition) {
		if c.Field != "" {
			fields[c.Field] = true
		}
	})
	return slices.Sorted(maps.Keys(fields))
}

// Values returns all values that the condition compares a field with.
func (c Condition) Values(field string) []string {
	var values []string
	c.Walk(func(c Condition) {
		if c.Op == Is && c.Field == field {
			values = append(values, fmt.Sprint(c.Value))
		}
	})
	return values
}

// Walk calls visit for the condition and all conditions in it.
func (c Condition) Walk(visit func(Condition)) {
	visit(c)
	for _, inner := range c.Of {
		inner.Walk(visit)
	}
}
