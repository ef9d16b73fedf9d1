//go:build integration

package integration

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/tools/demo"
)

func TestDemoElasticsearchPrintsTheResultsOfThreeSearches(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	var out, warnings bytes.Buffer
	err := demo.Elasticsearch(ctx, harness.Binary, &out, &warnings)
	t.Log(warnings.String())
	requireServers(t, err)
	events := 3000 * len(harness.EventTypes)
	assert.Contains(t, out.String(), fmt.Sprintf("%d events of the last 30 days are in Elasticsearch.\n", events))
	for _, table := range []string{
		`\nFailed sign-ins by user\n\n  user\.email +failures +last +event\.reason\n` +
			`(  \S+@example\.\S+ +[1-9]\d* +\w{3} [ \d]\d \d\d:\d\d +\w+ \d.*\n){5}`,
		`\nItems revealed or exported by user\n\n  user\.email +uses +items +event\.action\n` +
			`(  \S+@example\.\S+ +[1-9]\d* +[1-9]\d* +(reveal|export) \d.*\n){5}`,
		`\nSign-ins from a new country in the last 7 days\n\n  user\.email +country +first +countries before\n` +
			`(  \S+@example\.\S+ +[A-Z]{2} +\w{3} [ \d]\d \d\d:\d\d +[A-Z]{2}.*\n){5}`,
	} {
		assert.Regexp(t, table, out.String())
	}
}

func TestDemoDetectionsPrintsTheAlertsOfTheRules(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	var out, warnings bytes.Buffer
	err := demo.Detections(ctx, harness.Binary, &out, &warnings)
	t.Log(warnings.String())
	t.Log(out.String())
	requireServers(t, err)
	assert.Regexp(t, `^\d{5} events of the last 30 days are in Elasticsearch\.\n`, out.String())
	for _, row := range []string{
		`account-second-factor-off +critical +[1-9]\d* +\S.* turned off MFA`,
		`signin-failures-address +high +[1-9]\d* +Sign-in of \S+@example\.\S+ failed`,
		`vault-exported +high +[1-9]\d* +\S.* exported vault`,
	} {
		assert.Regexp(t, `\n  `+row, out.String())
	}
}
