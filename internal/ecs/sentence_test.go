package ecs

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
)

// requireMessage fails the test unless an event has a message that can be shown in one line, or is a
// pipeline_error without one.
func requireMessage(t *testing.T, document Document) {
	t.Helper()
	if !document.HasTimestamp {
		require.Nil(t, field(document, "message"))
		return
	}
	text, _ := field(document, "message").(string)
	require.NotEmpty(t, text)
	require.True(t, utf8.ValidString(text), "%q", text)
	require.Less(t, utf8.RuneCountInString(text), 1000, "%q", text)
	require.NotContains(t, text, "  ")
	require.Equal(t, strings.TrimSpace(text), text)
	for _, r := range text {
		require.True(t, unicode.IsPrint(r), "%q has %U", text, r)
	}
}

func TestTextsOfMessagesAreShownInOneLineAsTheyWereWritten(t *testing.T) {
	long := strings.Repeat("x", maxMessageText)
	cases := map[string]struct{ text, expected string }{
		"plain":                    {"Ada O'Neill-Example, Jr.", "Ada O'Neill-Example, Jr."},
		"beyond ASCII":             {"Łucja Sørensen 愛 🦊", "Łucja Sørensen 愛 🦊"},
		"right to left":            {"עדה", "עדה"},
		"combining":                {"Zoe\u0308", "Zoe\u0308"},
		"replacement character":    {"A\ufffdda", "A\ufffdda"},
		"empty":                    {"", ""},
		"space":                    {" ", ""},
		"spaces around":            {"  Ada   Example ", "Ada Example"},
		"other spaces":             {"\u00a0Ada\u2003\u3000Example\u202f", "Ada Example"},
		"line feed":                {"Ada\nExample", "Ada Example"},
		"other line breaks":        {"A\r\nb\vc\fd\u0085e\u2028f\u2029g", "A b c d e f g"},
		"tab":                      {"Ada\tExample", "Ada Example"},
		"control characters":       {"\x00A\x1b[31md\x7fa\u009b", "A [31md a"},
		"override":                 {"Ada\u202egnp.exe\u202c", "Adagnp.exe"},
		"isolates and marks":       {"\u2066A\u2067d\u2068a\u2069\u200e\u200f\u061c", "Ada"},
		"zero width":               {"A\u200bd\u200c\u200da\ufeff\u2060", "Ada"},
		"fillers":                  {"\u3164\u115f\u1160\uffa0", ""},
		"variation selectors":      {"\ufe0f\U000e0100\u180b", ""},
		"braille blank":            {"\u2800", ""},
		"tags":                     {"Ada\U000e0041\U000e007f", "Ada"},
		"soft hyphen":              {"A\u00adda", "Ada"},
		"private use":              {"Ada\ue000Example", "Ada Example"},
		"parentheses":              {"Ada (ada@example.com)", "Ada [ada@example.com]"},
		"parentheses of all kinds": {"{a} （b） ﹙c﹚ ⁽d⁾ ⦅e⦆", "[a] [b] [c] [d] [e]"},
		"quotation mark":           {`Ada "A" Example`, "Ada 'A' Example"},
		"longest":                  {long, long},
		"too long":                 {long + "y", long + "…"},
		"too long, wide":           {strings.Repeat("愛", maxMessageText+1), strings.Repeat("愛", maxMessageText) + "…"},
		"cut at a space":           {long + " y", long + "…"},
		"spaces behind":            {long + "   ", long},
		"invisible behind":         {long + "\u200b", long},
		"spaces do not count":      {strings.Repeat(" ", 1000) + "Ada", "Ada"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.expected, visible(c.text))
			assert.Equal(t, c.expected, visible(c.expected), "what is visible stays as it is")
		})
	}
}

// Users choose their own names: they must not pass for another user, or for another event.
func TestNamesCannotImitateAnotherMessage(t *testing.T) {
	const attacker = " (mallory@example.com) exported vault V"
	cases := map[string]struct{ name, expected string }{
		"the name of another": {"Ada Admin", "Ada Admin" + attacker},
		"with the address of another": {
			"Ada Admin (ada@example.com)", "Ada Admin [ada@example.com]" + attacker,
		},
		"another sentence": {
			"Ada Admin (ada@example.com) exported vault V\nMallory",
			"Ada Admin [ada@example.com] exported vault V Mallory" + attacker,
		},
		"reordered": {"\u202emoc.elpmaxe@ada", "moc.elpmaxe@ada" + attacker},
		"invisible": {"\u200b\u3164 ", "mallory@example.com exported vault V"},
		"no name":   {"", "mallory@example.com exported vault V"},
		"padded":    {"Ada" + strings.Repeat(" ", 500) + "x", "Ada x" + attacker},
		"very long": {
			strings.Repeat("Ada ", 500),
			strings.TrimSpace(strings.Repeat("Ada ", 16))[:63] + "…" + attacker,
		},
		"the address": {"mallory@example.com", "mallory@example.com exported vault V"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			details, err := json.Marshal(map[string]any{"name": c.name, "email": "mallory@example.com"})
			require.NoError(t, err)
			document := mapItem(t, auditEvents, Options{},
				`"action": "export", "object_type": "vault", "object_uuid": "V", "actor_details": `+string(details))
			assert.Equal(t, c.expected, field(document, "message"))
			requireMessage(t, document)
		})
	}
}

func TestEveryAuditActionHasAMessageWithAndWithoutItsMembers(t *testing.T) {
	mapper := newMapper(t, auditEvents, Options{})
	for pair := range auditActions {
		item := map[string]any{
			"timestamp": "2026-02-03T08:15:42Z", "action": pair.action, "object_type": pair.objectType,
			"actor_details": map[string]any{"uuid": "ACTOR", "name": "Ada Admin", "email": "ada@example.com"},
		}
		for name, ids := range map[string][2]string{
			"without members": {}, "with members": {"OBJECT", "AUX"}, "of the actor": {"ACTOR", "ACTOR"},
		} {
			t.Run(pair.objectType+"."+pair.action+" "+name, func(t *testing.T) {
				item["object_uuid"], item["aux_uuid"] = ids[0], ids[1]
				raw, err := json.Marshal(item)
				require.NoError(t, err)
				document := mapper.Map(raw, received)
				requireMessage(t, document)
				text := field(document, "message").(string)
				assert.Regexp(t, `^Ada Admin \(ada@example\.com\) [a-z]`, text)
				assert.NotRegexp(t, `[{}]|undocumented`, text)
			})
		}
	}
}

func TestEveryDocumentedResultOfASignInIsDescribed(t *testing.T) {
	firewall := []string{"ip_blocked", "continent_blocked", "country_blocked", "anonymous_blocked", "all_blocked"}
	documented := map[string][]string{
		"success": {"credentials_ok", "mfa_ok", "federated"},
		"credentials_failed": {
			"password_secret_bad", "platform_secret_disabled", "platform_secret_bad",
			"code_disabled", "code_bad", "code_timeout",
		},
		"mfa_failed": {
			"mfa_missing", "totp_disabled", "totp_bad", "totp_timeout",
			"u2f_disabled", "u2f_bad", "u2f_timeout", "u2f_timout",
			"duo_disabled", "duo_bad", "duo_timeout", "duo_native_bad",
		},
		"sso_failed":                {"service_account_sso_denied", "non_sso_user", "sso_user_mismatch"},
		"modern_version_failed":     {"modern_version_missing", "modern_version_old"},
		"firewall_failed":           firewall,
		"firewall_reported_success": firewall,
	}
	for category, types := range documented {
		for _, reason := range types {
			t.Run(category+" "+reason, func(t *testing.T) {
				document := mapSignIn(t, `"category": "`+category+`", "type": "`+reason+`"`)
				assert.NotContains(t, field(document, "message"), reason)
				assert.NotContains(t, field(document, "message"), category)
				requireMessage(t, document)
			})
		}
	}
}

func TestEveryDocumentedActionOfItemsHasAVerb(t *testing.T) {
	for _, action := range []string{
		"enter-item-edit-mode", "export", "fill", "other", "reveal", "secure-copy", "select-sso-provider",
		"server-create", "server-fetch", "server-update", "share",
	} {
		document := mapItem(t, itemUsages, Options{}, `"action": "`+action+`"`)
		assert.NotContains(t, field(document, "message"), "undocumented", action)
	}
}

func TestPipelineErrorsHaveNoMessage(t *testing.T) {
	for _, row := range eventtype.All {
		for _, item := range []string{`{"uuid": "A"}`, `{"timestamp": 1}`, `[]`, `{`} {
			document := newMapper(t, row.Name, Options{}).Map(json.RawMessage(item), received)
			assert.NotContains(t, document.Event.Fields, "message", item)
		}
	}
}
