package cmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const asChild = "EVENTSAPIBEAT_TEST_BECOME_USER"

func TestWholeProcessBecomesTheUserWithItsGroupsOnly(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	if os.Getenv(asChild) == "" {
		child := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		child.Env = append(os.Environ(), asChild+"=1")
		out, err := child.CombinedOutput()
		require.NoError(t, err, "%s", out)
		return
	}
	require.NoError(t, becomeUser(65532, 65532))
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	require.NoError(t, err)
	require.Greater(t, len(tasks), 1, "threads")
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		require.NoError(t, err)
		for _, line := range []string{"Uid:\t65532\t", "Gid:\t65532\t", "Groups:\t65532 \n"} {
			assert.Contains(t, string(status), line, "%s", strings.TrimSpace(task))
		}
	}
}
