package servers

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/eventsapibeat/eventsapibeat/test/leak"
)

const (
	// role is the environment variable that makes this test binary act as a program instead of
	// running tests.
	role = "SERVERS_ROLE"

	// patience is how long a first start may take on a busy machine.
	patience = 5 * time.Minute
)

// kinds maps the name of a subtest to the function that starts its server.
var kinds = map[string]func(context.Context) (*Server, error){
	"elasticsearch":     func(ctx context.Context) (*Server, error) { return Elasticsearch(ctx, ElasticsearchVersion) },
	"old elasticsearch": func(ctx context.Context) (*Server, error) { return Elasticsearch(ctx, OldElasticsearchVersion) },
	"kafka":             Kafka,
	"redis":             Redis,
}

func TestMain(m *testing.M) {
	switch play := os.Getenv(role); play {
	case "":
		// The metrics of Kafka clients are updated until the process ends.
		leak.Main(m, goleak.IgnoreTopFunction("github.com/rcrowley/go-metrics.(*meterArbiter).tick"))
	case "server that fails":
		fmt.Println("a reason")
		os.Exit(1)
	case "server that hangs":
		fmt.Println("a lengthy start")
		_, _ = bufio.NewReader(os.Stdin).ReadByte() // until the test ends
	default:
		hold(kinds[play])
	}
}

// held is what a process prints about its server.
type held struct {
	Address string
	Folder  string
	Process int
}

// hold starts a server, prints a held and does not end by itself.
func hold(start func(context.Context) (*Server, error)) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	server, err := start(ctx)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	_ = json.NewEncoder(os.Stdout).Encode(held{server.address, server.folder, server.process.cmd.Process.Pid})
	select {}
}

// self returns the command that runs this test binary in a role.
func self(t *testing.T, play string) *exec.Cmd {
	t.Helper()
	binary, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), role+"="+play)
	return cmd
}
