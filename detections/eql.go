package detections

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// EQL returns the sequence in EQL.
func (s *Sequence) EQL() string {
	var text strings.Builder
	text.WriteString("sequence")
	// Join fields that all steps have in common are written once.
	common := !slices.ContainsFunc(s.Steps, func(step Step) bool { return !slices.Equal(step.By, s.Steps[0].By) })
	if common {
		text.WriteString(" by " + strings.Join(s.Steps[0].By, ", "))
	}
	text.WriteString(" with maxspan=" + Span(s.MaxSpan))
	for _, step := range s.Steps {
		text.WriteString("\n  [any where " + step.Query.Condition.EQL() + "]")
		if !common {
			text.WriteString(" by " + strings.Join(step.By, ", "))
		}
		if step.Runs > 1 {
			fmt.Fprintf(&text, " with runs=%d", step.Runs)
		}
	}
	return text.String()
}

// Span returns a duration of whole minutes as EQL and Kibana write it, such as 90m, 26h and 14d.
func Span(d time.Duration) string {
	const day = 24 * time.Hour
	if d%day == 0 {
		return strconv.Itoa(int(d/day)) + "d"
	}
	return Interval(d)
}

// Interval is Span without days, which Kibana does not take as the time between two runs of a rule.
func Interval(d time.Duration) string {
	if d%time.Hour == 0 {
		return strconv.Itoa(int(d/time.Hour)) + "h"
	}
	return strconv.Itoa(int(d/time.Minute)) + "m"
}

// EQL returns the condition in EQL.
func (c Condition) EQL() string {
	switch c.Op {
	case And, Or:
		if field, values, ok := c.In(); ok {
			var literals []string
			for _, value := range values {
				literals = append(literals, literal(value))
			}
			return fmt.Sprintf("%s in (%s)", field, strings.Join(literals, ", "))
		}
		var parts []string
		for _, inner := range c.Of {
			part := inner.EQL()
			if _, _, isList := inner.In(); inner.Op == And || inner.Op == Or && !isList {
				part = "(" + part + ")"
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, " "+string(c.Op)+" ")
	case Not:
		return "not (" + c.Of[0].EQL() + ")"
	case Exists:
		return c.Field + " != null"
	case Less:
		return c.Field + " < " + fmt.Sprint(c.Value)
	case AtLeast:
		return c.Field + " >= " + fmt.Sprint(c.Value)
	default:
		return c.Field + " == " + literal(c.Value)
	}
}

// literal returns a value of a condition as EQL writes it.
func literal(value any) string {
	if text, ok := value.(string); ok {
		return strconv.Quote(text)
	}
	return fmt.Sprint(value)
}
