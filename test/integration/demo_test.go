//go:build integration

package integration

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
	"github.com/eventsapibeat/eventsapibeat/tools/demo"
)

func TestDemoElasticsearchPrintsTheFirstRowsOfEachDashboardWithNames(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), harness.Patience)
	defer cancel()
	var out, warnings bytes.Buffer
	err := demo.Elasticsearch(ctx, harness.Binary, &out, &warnings)
	t.Log(warnings.String())
	t.Log(out.String())
	requireServers(t, err)
	const (
		user  = `\S+@(example|1passwordserviceaccounts)\.\S+`
		uuid  = `[a-z2-7]{26}`
		name  = `[A-Z][a-z]+( \w+)?`
		title = `[A-Z][-\w]+( [-\w]+){0,3}`
		at    = `\w{3} \d+, \d\d:\d\d`
		n     = `[1-9]\d*`
	)
	assert.Regexp(t, `^\d{5} events of the last 30 days are in Elasticsearch\.\n`, out.String())
	for _, want := range [][]string{
		{`OVERVIEW`, `Is today unlike other days, and what must be read first\?`},
		{`Which sensitive changes must I read first\?`, `Time  +Message`, at + `  +\S.*`},
		{`Who took the most different items\?`, `User  +Items  +Vaults`, user + `  +` + n + `  +` + n},
		{`SIGN-INS`, `Who is attacked, from where, and did it succeed\?`},
		{
			`Which addresses fail for several people\?`, `Address  +People who failed  +Failed  +Succeeded  +Country`,
			`[\d.]+  +` + n + `  +` + n + `  +\d+  +[A-Z]\w+.*`,
		},
		{`ITEM USAGE`, `Who takes much, which vaults are used, and what leaves 1Password\?`},
		{
			`What left 1Password\?`, `User  +Action  +Vault  +Name  +Items  +Last`,
			user + `  +(export|share)  +` + uuid + `  +` + name + `  +` + n + `  +` + at,
		},
		{
			`Which items are taken most\?`, `Item  +Title  +Vault  +Taken  +People`,
			uuid + `  +` + title + `  +` + name + `  +` + n + `  +` + n,
		},
		{`CHANGES AND ACCESS`, `Who changed what, for whom, and who got access\?`},
		{
			`Who gave themselves access\?`, `Actor  +Vault  +Group  +Vault name  +Group name  +Last`,
			user + `  +` + uuid + `  +\(missing value\)  +` + name + `  +-  +` + at,
		},
		{`ONE USER \(` + user + `\)`, `What did one person do, from where, and what was done to the person\?`},
		{
			`Items of which vaults were taken\?`, `Vault  +Action  +Name  +Items  +Last`,
			uuid + `  +[-a-z]+  +` + name + `  +` + n + `  +` + at,
		},
		{`COLLECTION`, `Does the collection run, and is everything understood\?`},
		{`Does the collection run now\?`, `Event type  +Last report  +.*`, `auditevents  +` + at + `  +` + at + `  .*`},
		{`What happened one after the other\?`, `Time  +Message`, at + `  +\S.*`},
		{`Which kind of event is behind\?`, `.*`, `[A-Z2-7]{26}  +1password\.\w+  +` + n + `  +` + at + `  +` + at},
	} {
		last := len(want) - 1 // of the rows of a panel, any is right
		assert.Regexp(t, `\n *`+strings.Join(want[:last], `\n *`)+`\n(    .*\n)* *`+want[last]+`\n`, out.String())
	}
	for line := range strings.Lines(out.String()) {
		assert.LessOrEqual(t, utf8.RuneCountInString(line), 141, line)
		assert.NotContains(t, line, "nothing found")
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
