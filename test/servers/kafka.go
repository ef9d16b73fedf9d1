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

// kafkaVersion is the version of the broker.
const kafkaVersion = "4.3.1"

// Kafka starts a node that is broker and controller, without TLS and users. A topic is created by
// its first use, with one partition. ctx limits the time to start, which is seconds, or minutes the
// first time, when the jars are downloaded. The error is a *MissingError if there is no JDK or no
// Maven.
func Kafka(ctx context.Context) (*Server, error) {
	home, java, err := kafkaInstallation().install(ctx)
	if err != nil {
		return nil, err
	}
	server, ports, err := newServer("Kafka", 2)
	if err != nil {
		return nil, err
	}
	properties := []byte(kafkaProperties(server.folder, server.address, address(ports[1])))
	if err := os.WriteFile(filepath.Join(server.folder, "server.properties"), properties, 0o600); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	server.ask = askKafka
	server.command = func() *exec.Cmd {
		return java.command(home, server.folder, "-Xmx512m", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
			"KafkaServer", server.folder)
	}
	return launch(ctx, server)
}

func kafkaInstallation() installation {
	return installation{
		server: "Kafka", name: "kafka", version: kafkaVersion, classes: []string{"*.java", "kafka/*.java"},
	}
}

// kafkaProperties returns the settings of the node. As it is the only one, its own topics have one
// replica. After a restart the controller refuses the broker until the session of the killed broker
// has expired: the timeout of 3 s replaces the default of 9 s.
func kafkaProperties(folder, broker, controller string) string {
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
`, broker, controller, filepath.ToSlash(filepath.Join(folder, "data"))) // a backslash begins an escape sequence
}

// askKafka asks for the brokers of the cluster. The node is among them when it accepts messages.
func askKafka(ctx context.Context, address string) error {
	config := sarama.NewConfig()
	deadline, _ := ctx.Deadline()
	timeout := time.Until(deadline)
	config.Net.DialTimeout, config.Net.ReadTimeout, config.Net.WriteTimeout = timeout, timeout, timeout
	broker := sarama.NewBroker(address)
	if err := broker.Open(config); err != nil {
		return err
	}
	defer func() { _ = broker.Close() }() // nothing was written
	metadata, err := broker.GetMetadata(&sarama.MetadataRequest{Version: 1})
	if err != nil {
		return err
	}
	if len(metadata.Brokers) == 0 {
		return errors.New("the cluster has no broker yet")
	}
	return nil
}
