//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/eventsapibeat/eventsapibeat/test/harness"
)

const namesPage = "names.md"

// lists runs the script of the page, which writes the lists to a directory.
func (p *onePassword) lists(dir string) error {
	p.t.Helper()
	require.NoError(p.t, os.MkdirAll(dir, 0o700))
	cmd := exec.CommandContext(p.t.Context(),
		"sh", "-c", harness.CodeBlock(p.t, namesPage, "Keep the lists current", "sh"), "script", dir)
	cmd.Env = append(os.Environ(), p.env()...)
	return cmd.Run()
}

// name sets the lists of op: all vaults get the name.
func (p *onePassword) name(vaults []string, name string) {
	p.t.Helper()
	var list []map[string]string
	for _, uuid := range vaults {
		list = append(list, map[string]string{"id": uuid, "name": name})
	}
	text, err := json.Marshal(list)
	require.NoError(p.t, err)
	p.store("op://lists/vault.json", string(text))
	p.store("op://lists/group.json", "[]")
	p.store("op://lists/user.json", "[]")
}

// vaults returns the UUIDs of the vaults in the item usages of the simulated API.
func (h *testBeat) vaults() []string {
	var uuids []string
	for _, text := range h.Sim.Items(harness.ItemUsages) {
		var item struct {
			UUID string `json:"vault_uuid"`
		}
		require.NoError(h.T, json.Unmarshal(text, &item))
		uuids = append(uuids, item.UUID)
	}
	return uuids
}

// named returns the number of item usages whose vault has the name.
func (h *testBeat) named(name string) (count int) {
	for _, document := range h.recorder.Documents("*") {
		var fields struct {
			Message     string
			Onepassword struct {
				VaultName string `json:"vault_name"`
			}
		}
		require.NoError(h.T, json.Unmarshal(document.Source, &fields))
		if fields.Onepassword.VaultName == name {
			assert.Contains(h.T, fields.Message, fmt.Sprintf("in vault %q", name))
			count++
		}
	}
	return count
}

func TestNamesAreReadAgainWhenTheListChanges(t *testing.T) {
	t.Parallel()
	h, op := newTestBeat(t), newOnePassword(t)
	h.Generate(5, 1)
	op.name(h.vaults(), "Payroll")
	require.NoError(t, op.lists(filepath.Join(h.Beat.Home, "names")))
	config := h.everySecond() + "\n" + harness.CodeBlock(t, namesPage, "Names for UUIDs", "yaml")
	process := h.Start(config, "-e")
	h.arrived()
	require.Equal(t, 5, h.named("Payroll"))

	op.name(h.vaults(), "Salaries")
	require.NoError(t, op.lists(filepath.Join(h.Beat.Home, "names")))
	h.Eventually(func() bool {
		h.Generate(1, 1)
		op.name(h.vaults(), "Salaries") // for the vaults of new items
		require.NoError(t, op.lists(filepath.Join(h.Beat.Home, "names")))
		h.arrived()
		return h.named("Salaries") > 0
	}, "the changed list is read")
	assert.False(t, process.Logged("warn", "cannot read names"))
}

func TestScriptOfTheNamesKeepsTheListThatItCannotReplace(t *testing.T) {
	t.Parallel()
	op, dir := newOnePassword(t), t.TempDir()
	op.name([]string{"6xzu4au2ce7zogjyazqrdxvgei"}, "Payroll")
	require.NoError(t, op.lists(dir))
	before, err := os.ReadFile(filepath.Join(dir, "vault.json"))
	require.NoError(t, err)
	for name, script := range map[string]string{
		"op fails":              "exit 1",
		"op ends in the middle": "echo '['; exit 1",
	} {
		op.program("op", script)
		require.Error(t, op.lists(dir), name)
		after, err := os.ReadFile(filepath.Join(dir, "vault.json"))
		require.NoError(t, err)
		assert.Equal(t, string(before), string(after), name)
	}
}
