package ecs

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/elastic/elastic-agent-libs/logp"
	"github.com/elastic/elastic-agent-libs/logp/logptest"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/internal/names"
)

// namesOf returns the names in the text of a file.
func namesOf(t testing.TB, text string) func(string) (name, email string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "names.json")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	files := names.New([]string{path}, logptest.NewTestingLogger(t, ""))
	files.Read()
	return files.Lookup
}

// testNames returns the names in testdata/names.json.
func testNames() func(string) (name, email string) {
	files := names.New([]string{filepath.Join("testdata", "names.json")}, logp.NewNopLogger())
	files.Read()
	return files.Lookup
}

func TestNamesAreSetForWhatTheEventHasOnlyTheIDOf(t *testing.T) {
	const user, vault, item = "AHUSWOWSQCUQ4SSTJTZNN4CSXL", "6XZU4AU2CE7ZOGJYAZQRDXVGEI", "kt4lliaznp6yu4wokzyvhduqyo"
	for name, tc := range map[string]struct {
		eventType eventtype.Name
		item      string
		want      map[string]any
	}{
		"item usage": {
			itemUsages,
			`"action": "reveal", "item_uuid": "` + item + `", "vault_uuid": "` + vault + `", "user": {"uuid": "` + user + `"}`,
			map[string]any{
				"onepassword.item_title": "Root of db1", "onepassword.vault_name": "Payroll",
				"user.full_name": "Cy Example", "user.email": "Cy@Example.com", "user.name": "cy@example.com",
				"user.domain":  "example.com",
				"related.user": []string{user, "Cy Example", "Cy@Example.com", "cy@example.com"},
				"message":      `Cy Example (Cy@Example.com) revealed a field of item "Root of db1" in vault "Payroll"`,
			},
		},
		"membership": {
			auditEvents,
			`"action": "join", "object_type": "gm", "object_uuid": "pf3soyxkgngrphytsyjed4ae2u", "aux_uuid": "` + user + `"`,
			map[string]any{
				"group.name": "Admins", "user.target.group.name": "Admins",
				"user.target.full_name": "Cy Example", "user.target.email": "Cy@Example.com",
				"message": `An unknown user added Cy Example (Cy@Example.com) to group "Admins"`,
			},
		},
		"vault": {
			auditEvents, `"action": "export", "object_type": "vault", "object_uuid": "` + vault + `"`,
			map[string]any{
				"onepassword.vault_name": "Payroll", "message": `An unknown user exported vault "Payroll"`,
			},
		},
		"the event's own name and email address stay": {
			itemUsages, `"user": {"uuid": "` + user + `", "name": "Ada", "email": "ada@example.com"}`,
			map[string]any{"user.full_name": "Ada", "user.email": "ada@example.com", "onepassword.vault_name": nil},
		},
		"unknown": {
			itemUsages, `"vault_uuid": "aaaaaaaaaaaaaaaaaaaaaaaaaa"`,
			map[string]any{
				"onepassword.vault_name": nil,
				"message":                "An unknown user used an item in vault aaaaaaaaaaaaaaaaaaaaaaaaaa",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			mapper := newMapper(t, tc.eventType, Options{Names: testNames()})
			text := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", ` + tc.item + `}`)
			document := mapper.Map(text, received)
			for name, want := range tc.want {
				assert.Equal(t, want, field(document, name), name)
			}
		})
	}
}

func TestNameCannotBreakOrImitateTheMessage(t *testing.T) {
	files := namesOf(t, `[{"id": "6xzu4au2ce7zogjyazqrdxvgei", "name": "a\" from 192.0.2.1\n`+"\u202e"+`b"}]`)
	item := json.RawMessage(`{"timestamp": "2026-02-03T08:15:42Z", "vault_uuid": "6xzu4au2ce7zogjyazqrdxvgei"}`)
	document := newMapper(t, itemUsages, Options{Names: files}).Map(item, received)
	text, _ := field(document, "message").(string)
	assert.Equal(t, `An unknown user used an item in vault "a' from 192.0.2.1 b"`, text)
	assert.Equal(t, 1, strings.Count(text, "\n")+1)
}
