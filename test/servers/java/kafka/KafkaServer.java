import java.io.IOException;
import java.nio.file.Path;

import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import kafka.tools.StorageTool;

import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Utils;

/** Runs one Kafka node, broker and controller, for tests. Argument: its folder, which has server.properties. */
public final class KafkaServer {
    /** Any identifier: 16 bytes in Base64. */
    private static final String CLUSTER_ID = "AAAAAAAAAAAAAAAAAAAAAQ";

    private KafkaServer() {}

    public static void main(String[] args) {
        Path folder = Path.of(args[0]);
        Launcher.run(folder, () -> start(folder.resolve("server.properties").toString()));
    }

    private static AutoCloseable start(String properties) throws IOException {
        // Faster than Kafka's command, which starts another virtual machine.
        String[] format = {"format", "--ignore-formatted", "--cluster-id", CLUSTER_ID, "--config", properties};
        int status = StorageTool.execute(format, System.out);
        if (status != 0) {
            throw new IOException("format the storage: status " + status);
        }
        KafkaRaftServer server = new KafkaRaftServer(KafkaConfig.fromProps(Utils.loadProps(properties)), Time.SYSTEM);
        server.startup();
        return () -> {
            server.shutdown();
            server.awaitShutdown();
        };
    }
}
