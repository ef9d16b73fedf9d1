package servers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/elastic/sarama"
)

// kafkaVersion is that of the broker.
const kafkaVersion = "4.3.1"

// Kafka starts a node that is broker and controller, without TLS and users. Topics are made by their first use, with one partition. ctx bounds the start,
// which takes seconds, and much longer the first time: then the jars are fetched. The error is a *MissingError if there is no JDK or no Maven.
func Kafka(ctx context.Context) (*Server, error) {
	home, java, err := kafkaInstallation().install(ctx)
	if err != nil {
		return nil, err
	}
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("kafka")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(folder, "server.properties"), []byte(kafkaProperties(folder, ports[0], ports[1])), 0o600); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	command := func() *exec.Cmd {
		// As for Elasticsearch.
		cmd := exec.Command(java.tool("java"), "-Xms256m", "-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
			"-XX:-UsePerfData", "-Djava.io.tmpdir="+folder, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
			"-cp", classPath(home), "KafkaServer", folder)
		cmd.SysProcAttr = ownGroup()
		return cmd
	}
	return launch(ctx, &Server{name: "Kafka", address: address(ports[0]), folder: folder, command: command, ask: askKafka})
}

func kafkaInstallation() installation {
	return installation{server: "Kafka", name: "kafka", version: kafkaVersion, classes: []string{"*.java", "kafka/*.java"}}
}

// kafkaProperties are the settings of the node. It is alone, so nothing of its own can have more than one replica. After a restart the controller refuses
// the broker until the session of the one that was killed has expired, which is 9 s if nothing else is said.
func kafkaProperties(folder string, port, controllerPort int) string {
	return fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@%[2]s
listeners=PLAINTEXT://%[1]s,CONTROLLER://%[2]s
controller.listener.names=CONTROLLER
log.dirs=%[3]s
num.partitions=1
auto.create.topics.enable=true
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=250
`, address(port), address(controllerPort), filepath.ToSlash(filepath.Join(folder, "data"))) // a backslash would begin an escape
}

// askKafka asks for the brokers of the cluster: the node is among them once it accepts messages.
func askKafka(ctx context.Context, address string) error {
	config := sarama.NewConfig()
	deadline, _ := ctx.Deadline()
	timeout := time.Until(deadline)
	config.Net.DialTimeout, config.Net.ReadTimeout, config.Net.WriteTimeout = timeout, timeout, timeout
	broker := sarama.NewBroker(address)
	if err := broker.Open(config); err != nil {
		return err
	}
	defer func() { _ = broker.Close() }() // no more is wanted of it
	metadata, err := broker.GetMetadata(&sarama.MetadataRequest{Version: 1})
	if err != nil {
		return err
	}
	if len(metadata.Brokers) == 0 {
		return errors.New("the cluster has no broker yet")
	}
	return nil
}
