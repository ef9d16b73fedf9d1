import java.util.Collection;
import java.util.List;
import java.util.Set;

import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.Metadata;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService.CreateDataStreamClusterStateUpdateRequest;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/** Calls that differ between versions 8 and 9 of the server, for 8: data streams belong to the cluster. */
final class Core {
    private Core() {}

    static Set<PluginBundle> modules(Environment environment) {
        return PluginsLoader.loadModulesBundles(environment.modulesDir());
    }

    static Collection<DataStream> dataStreams(ClusterState state) {
        return state.metadata().dataStreams().values();
    }

    static CreateDataStreamClusterStateUpdateRequest createRequest(String name, TimeValue timeout) {
        return new CreateDataStreamClusterStateUpdateRequest(name, null, timeout, timeout, true);
    }

    /** Returns the state without the data streams, but with their indices. */
    static ClusterState without(ClusterState state, List<DataStream> dataStreams) {
        Metadata.Builder metadata = Metadata.builder(state.metadata());
        dataStreams.forEach(dataStream -> metadata.removeDataStream(dataStream.getName()));
        return ClusterState.builder(state).metadata(metadata).build();
    }

    static String template(ClusterState state, DataStream dataStream) {
        return MetadataIndexTemplateService.findV2Template(state.metadata(), dataStream.getName(), false);
    }
}
