import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.logging.LogConfigurator;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.node.InternalSettingsPreparer;
import org.elasticsearch.node.Node;
import org.elasticsearch.plugins.PluginsLoader;
import org.elasticsearch.rest.RestController;

/**
 * Runs one Elasticsearch node for tests: the published server with handlers for the few paths whose
 * modules are not published. Arguments: the home folder, the HTTP port, and the folder of the data, which
 * a restart uses again.
 */
public final class ElasticsearchServer {
    static final String NAME = "test";

    private ElasticsearchServer() {}

    public static void main(String[] args) {
        Path folder = Path.of(args[2]);
        Launcher.run(folder, () -> start(Path.of(args[0]), args[1], folder));
    }

    private static AutoCloseable start(Path home, String port, Path folder) throws Exception {
        Settings settings = Settings.builder()
            .put("path.home", home)
            .put("path.data", folder.resolve("data"))
            .put("path.logs", folder.resolve("logs"))
            .put("cluster.name", NAME)
            .put("node.name", NAME)
            .put("network.host", "127.0.0.1")
            .put("http.port", port)
            .put("transport.port", "0")
            .put("discovery.type", "single-node")
            .put("cluster.routing.allocation.disk.threshold_enabled", false) // a nearly full disk must not fail a test
            .put("action.auto_create_index", true)
            .put("action.destructive_requires_name", false)
            .put("logger.level", "WARN")
            // Both log at length that the native library is missing, which is not published.
            .put("logger.org.elasticsearch.nativeaccess", "ERROR")
            .put("logger.org.elasticsearch.simdvec", "ERROR")
            .build();
        LogConfigurator.configureESLogging();
        LogConfigurator.configureWithoutConfig(settings);
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), home.resolve("config"), () -> NAME);
        PluginsLoader modules = PluginsLoader.createPluginsLoader(Core.modules(environment), Set.of(), Map.of(), false);

        Node node = new Node(environment, modules);
        RestController rest = node.injector().getInstance(RestController.class);
        ClusterService clusterService = node.injector().getInstance(ClusterService.class);
        rest.registerHandler(new InfoHandler(clusterService));
        var createService = node.injector().getInstance(MetadataCreateDataStreamService.class);
        rest.registerHandler(new DataStreamHandler(clusterService, createService));
        node.start();
        return () -> {
            node.close();
            node.awaitClose(10, TimeUnit.SECONDS);
        };
    }
}
