package e2e

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/detections"
	"github.com/eventsapibeat/eventsapibeat/internal/eventtype"
	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

// Page and headings of the recipes for privacy.
const (
	privacyPage = "privacy.md"
	dropNames   = "Drop"
	pseudonyms  = "Pseudonyms"
)

// personal matches the fields that no recipe for privacy leaves as they are.
var personal = regexp.MustCompile(`^(message|event\.original|related\..*|source\.(ip|address)` +
	`|user\.(target\.)?(name|email|full_name)|(user\.target\.)?group\.name` +
	`|source\.geo\.(city_name|region_name|location.*)` +
	`|onepassword\.((object|aux)_details\.(name|email)|client\.platform_name|details\..*|item_title|vault_name` +
	`|session\.ip|unmapped.*))$`)

// replaced are the fields that can hold a pseudonym.
var replaced = []string{
	"user.name", "user.email", "user.full_name",
	"user.target.name", "user.target.email", "user.target.full_name", "source.address",
}

func TestPrivacyRecipesLeaveNoNameAndNoAddressAndAllElse(t *testing.T) {
	t.Parallel()
	plain := withPersonalData(t)
	before := plain.publishes("")
	secrets, text := plain.secrets(), allText(before)
	require.Greater(t, len(secrets), 100)
	for _, secret := range secrets {
		require.Contains(t, text, secret, "the search finds it without a recipe")
	}
	for _, recipe := range []string{dropNames, pseudonyms} {
		t.Run(recipe, func(t *testing.T) {
			settings := harness.CodeBlock(t, privacyPage, recipe, "yaml")
			h := plain.beside()
			after := h.publishes(settings)
			assertNoSecret(t, secrets, after)
			for key, fields := range before {
				require.Contains(t, after, key)
				assertFacts(t, fields, after[key])
			}

			resent := h.resent()
			h.Sim.Generate(harness.SignIns, 3, time.Now().Add(-time.Minute), time.Now())
			h.publishes(settings)
			assert.Equal(t, resent, h.resent(), "the positions were stored")
			for _, eventType := range harness.EventTypes {
				assert.NotEmpty(t, h.storedCursor(eventType))
			}
		})
	}
}

// assertNoSecret checks that no document contains a secret.
func assertNoSecret(t *testing.T, secrets []string, documents map[string]map[string]any) {
	t.Helper()
	text := allText(documents)
	found := slices.DeleteFunc(
		slices.Clone(secrets),
		func(secret string) bool { return !strings.Contains(text, secret) },
	)
	assert.Empty(t, found)
}

// assertFacts checks that a document lost nothing but personal data. before and after are its fields
// without and with a recipe.
func assertFacts(t *testing.T, before, after map[string]any) {
	t.Helper()
	role := regexp.MustCompile("^[A-Z]$")
	for name, value := range before {
		text, _ := value.(string)
		isPersonal := personal.MatchString(name) || name == "onepassword.aux_info" && !role.MatchString(text)
		if isPersonal && name != "related.user" && !slices.Contains(replaced, name) {
			assert.NotContains(t, after, name)
		} else if !isPersonal {
			assert.Equal(t, value, after[name], name)
		}
	}
	for name, value := range after {
		switch {
		case slices.Contains(replaced, name):
			assert.Regexp(t, "^[0-9a-f]{32}$", value, name)
		case name == "related.user":
			assert.Contains(t, value, after["user.id"])
		default:
			assert.Contains(t, before, name)
		}
	}
}

func TestPseudonymScriptThatFailsLeavesNoName(t *testing.T) {
	t.Parallel()
	h := withPersonalData(t)
	settings := harness.Replace(t, harness.CodeBlock(t, privacyPage, pseudonyms, "yaml"),
		"hash.Run(copy);", `throw "failed";`)
	config, items := h.personal(settings), 0
	for _, eventType := range eventtype.All {
		// Each event type alone: libbeat's goja has a data race between two exceptions at the same time,
		// when it counts the lines of the script (SrcFile.Position).
		var alone []string
		for _, other := range eventtype.All {
			if other.Name != eventType.Name {
				alone = append(alone, "eventsapibeat."+other.Section+".enabled=false")
			}
		}
		items += len(h.Sim.UUIDs(string(eventType.Name)))
		h.run(config, items, harness.Settings(alone...)...)
	}
	documents := h.fields("*")
	assertNoSecret(t, h.secrets(), documents)
	failed := 0
	for _, fields := range documents {
		assert.NotEmpty(t, fields["event.kind"], "the event arrives")
		if fields["tags"] != nil {
			assert.Equal(t, []any{"_js_exception"}, fields["tags"])
			failed++
		}
	}
	assert.Positive(t, failed)
}

func TestBeatDoesNotStartWithoutTheKeyOfThePseudonyms(t *testing.T) {
	t.Parallel()
	h := newTestBeat(t)
	h.Generate(1, 1)
	settings := harness.CodeBlock(t, privacyPage, pseudonyms, "yaml")
	status, process := h.Run(h.published()+"\n"+settings, "-e")
	assert.Equal(t, 1, status)
	assert.Contains(t, process.Stderr(), "missing field accessing 'processors.0.script.params.key'")
	assert.Zero(t, h.recorder.Count())
}

func TestPrivacyPageNamesTheRulesThatLoseTheirFields(t *testing.T) {
	t.Parallel()
	rules, err := detections.Load()
	require.NoError(t, err)
	page, err := os.ReadFile(harness.RepositoryFile("docs", privacyPage))
	require.NoError(t, err)
	for _, rule := range rules {
		fields := rule.Fields()
		loses := slices.ContainsFunc(fields, personal.MatchString)
		row := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(rule.Name) + ` \|.*$`).FindString(string(page))
		assert.Equal(t, loses, row != "", "%s: %s", rule.Name, fields)
		if loses {
			byAddress := slices.Contains(fields, "source.ip")
			assert.Equal(t, !byAddress, strings.HasSuffix(row, "| works |"), rule.Name)
		}
	}
}
