package servers

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
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

// Elasticsearch starts a node, a cluster of its own with a basic licence and without security. The version is ElasticsearchVersion or
// OldElasticsearchVersion. ctx bounds the start, which takes seconds, and much longer the first time: then the jars are fetched. The error is a
// *MissingError if there is no JDK or no Maven.
func Elasticsearch(ctx context.Context, version string) (*Server, error) {
	if version != ElasticsearchVersion && version != OldElasticsearchVersion {
		return nil, fmt.Errorf("elasticsearch %s is not known here, only %s and %s", version, ElasticsearchVersion, OldElasticsearchVersion)
	}
	home, java, err := elasticsearchInstallation(version).install(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("elasticsearch")
	if err != nil {
		return nil, err
	}
	command := func() *exec.Cmd {
		// All compilers and collectors would take twice the processor time for a start, and more memory.
		cmd := exec.Command(java.tool("java"), "-Xms256m", "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
			// Whatever a virtual machine leaves when it is killed has to be in the folder that goes.
			"-XX:-UsePerfData", "-Djava.io.tmpdir="+folder, "-Djna.tmpdir="+folder,
			"-Dio.netty.noUnsafe=true", "--enable-native-access=ALL-UNNAMED", "--add-modules", "jdk.incubator.vector",
			"-cp", classPath(home), "ElasticsearchServer", home, strconv.Itoa(ports[0]), folder)
		cmd.SysProcAttr = ownGroup()
		return cmd
	}
	return launch(ctx, &Server{name: "Elasticsearch", address: "http://" + address(ports[0]), folder: folder, command: command, ask: askElasticsearch})
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

// finishElasticsearch says that the transport is a module, without modulename: then its classes need not be a module of Java.
func finishElasticsearch(home, version string) error {
	descriptor := fmt.Sprintf(`name=transport-netty4
description=Transport over Netty
classname=org.elasticsearch.transport.netty4.Netty4Plugin
version=%[1]s
elasticsearch.version=%[1]s
java.version=17
`, version)
	if err := os.WriteFile(filepath.Join(home, "modules", "transport-netty4", "plugin-descriptor.properties"), []byte(descriptor), 0o600); err != nil {
		return err
	}
	return os.Mkdir(filepath.Join(home, "config"), 0o700)
}

// askElasticsearch asks whether all indices can be written to, which after a restart takes longer than an answer.
func askElasticsearch(ctx context.Context, address string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/_cluster/health", http.NoBody)
	if err != nil {
		return err
	}
	request.Close = true // no connection is left
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	var health struct {
		Status string `json:"status"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&health); err != nil {
		return fmt.Errorf("status %d without the health of the cluster: %w", response.StatusCode, err)
	}
	if response.StatusCode != http.StatusOK || health.Status != "green" && health.Status != "yellow" {
		return fmt.Errorf("status %d, the health of the cluster is %q", response.StatusCode, health.Status)
	}
	return nil
}
