package servers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// The versions of Elasticsearch that can run.
const (
	ElasticsearchVersion    = "9.5.3"
	OldElasticsearchVersion = "8.19.21"
)

// Elasticsearch starts a cluster of one node with a basic license and without security. version is
// ElasticsearchVersion or OldElasticsearchVersion. ctx limits the time to start, which is seconds,
// or minutes the first time, when the jars are downloaded. The error is a *MissingError if there is
// no JDK or no Maven.
func Elasticsearch(ctx context.Context, version string) (*Server, error) {
	if version != ElasticsearchVersion && version != OldElasticsearchVersion {
		return nil, fmt.Errorf("elasticsearch %s is unknown, use %s or %s",
			version, ElasticsearchVersion, OldElasticsearchVersion)
	}
	home, java, err := elasticsearchInstallation(version).install(ctx)
	if err != nil {
		return nil, err
	}
	server, ports, err := newServer("Elasticsearch", 1)
	if err != nil {
		return nil, err
	}
	server.address, server.ask = "http://"+server.address, askElasticsearch
	server.command = func() *exec.Cmd {
		return java.command(home, server.folder, "-Xmx1g", "-Djna.tmpdir="+server.folder, "-Dio.netty.noUnsafe=true",
			"--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector",
			"ElasticsearchServer", home, strconv.Itoa(ports[0]), server.folder)
	}
	return launch(ctx, server)
}

func elasticsearchInstallation(version string) installation {
	major, _, _ := strings.Cut(version, ".")
	return installation{
		server:  "Elasticsearch",
		name:    "elasticsearch",
		version: version,
		classes: []string{"*.java", "elasticsearch/*.java", "elasticsearch/v" + major + "/*.java"},
		finish:  func(home string) error { return finishElasticsearch(home, version) },
	}
}

// finishElasticsearch writes the descriptor of the transport module. It has no modulename, so that
// the classes need not be a Java module.
func finishElasticsearch(home, version string) error {
	descriptor := fmt.Sprintf(`name=transport-netty4
description=Transport over Netty
classname=org.elasticsearch.transport.netty4.Netty4Plugin
version=%[1]s
elasticsearch.version=%[1]s
java.version=17
`, version)
	path := filepath.Join(home, "modules", "transport-netty4", "plugin-descriptor.properties")
	if err := os.WriteFile(path, []byte(descriptor), 0o600); err != nil {
		return err
	}
	return os.Mkdir(filepath.Join(home, "config"), 0o700)
}

// askElasticsearch checks that all indices can be written, which after a restart is later than the
// first answer.
func askElasticsearch(ctx context.Context, address string) error {
	client, err := Connect(ctx, address, Credentials{})
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }() // nothing was written
	var health struct{ Status string }
	if _, err := client.Request(http.MethodGet, "/_cluster/health", nil, &health); err != nil {
		return err
	}
	if health.Status != "green" && health.Status != "yellow" {
		return fmt.Errorf("the health of the cluster is %q", health.Status)
	}
	return nil
}
