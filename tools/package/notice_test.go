package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLinkedPackageUnderTheElasticLicenseIsRefused(t *testing.T) {
	err := addModules(map[string]module{}, []byte(`
		{"ImportPath": "github.com/elastic/beats/v7/libbeat/cmd", "Module": {"Path": "github.com/elastic/beats/v7"}}
		{"ImportPath": "github.com/elastic/beats/v7/x-pack/libbeat/cmd", "Module": {"Path": "github.com/elastic/beats/v7"}}`))
	assert.ErrorContains(t, err, "the Beat links github.com/elastic/beats/v7/x-pack/libbeat/cmd")
}

func TestNoticeLeavesOutWhatIsOurs(t *testing.T) {
	found := map[string]module{}
	err := addModules(found, []byte(`
		{"ImportPath": "fmt"}
		{"ImportPath": "ours", "Module": {"Path": "ours", "Main": true}}
		{"ImportPath": "replaced", "Module": {"Path": "replaced", "Replace": {"Path": "./third_party/replaced"}}}
		{"ImportPath": "forked", "Module": {"Path": "forked", "Replace": {"Path": "fork", "Version": "v1.0.0"}}}
		{"ImportPath": "other/a", "Module": {"Path": "other", "Version": "v1.2.3"}}
		{"ImportPath": "other/b", "Module": {"Path": "other", "Version": "v1.2.3"}}`))
	require.NoError(t, err)
	assert.Equal(t, map[string]module{
		"forked": {Path: "forked", Replace: &module{Path: "fork", Version: "v1.0.0"}},
		"other":  {Path: "other", Version: "v1.2.3"},
	}, found)
}

func TestNoLicenseWithCopyleftOfTheWholeProgramIsAllowed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", licenses, "rules.json"))
	require.NoError(t, err)
	var rules struct{ Allowlist []string }
	require.NoError(t, json.Unmarshal(text, &rules))
	assert.Contains(t, rules.Allowlist, "MIT")
	for _, kind := range rules.Allowlist {
		assert.NotRegexp(t, `Elastic|GPL|SSPL|BUSL`, kind)
	}
}

func TestNoticeOfAnApacheModuleEndsAtItsOwnListOfModules(t *testing.T) {
	dir := t.TempDir()
	write := func(text string) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, "NOTICE.txt"), []byte(text), 0o600))
	}
	text, err := apacheNotice(dir)
	require.NoError(t, err)
	assert.Empty(t, text, "no file")
	write("Copyright\r\n\r\nThanks\r\n\r\n================\r\nThird party libraries\r\n")
	text, err = apacheNotice(dir)
	require.NoError(t, err)
	assert.Equal(t, "Copyright\n\nThanks", text)
}
