import java.util.Collection;
import java.util.List;
import java.util.Set;

import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService.CreateDataStreamClusterStateUpdateRequest;
import org.elasticsearch.cluster.metadata.MetadataIndexTemplateService;
import org.elasticsearch.cluster.metadata.ProjectId;
import org.elasticsearch.cluster.metadata.ProjectMetadata;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.env.Environment;
import org.elasticsearch.plugins.PluginBundle;
import org.elasticsearch.plugins.PluginsLoader;

/** Calls that differ between versions 8 and 9 of the server, for 9: data streams belong to a project. */
final class Core {
    private Core() {}

    static Set<PluginBundle> modules(Environment environment) {
        return PluginsLoader.loadModulesBundles(environment.modulesDir(), false);
    }

    static Collection<DataStream> dataStreams(ClusterState state) {
        return project(state).dataStreams().values();
    }

    static CreateDataStreamClusterStateUpdateRequest createRequest(String name, TimeValue timeout) {
        return new CreateDataStreamClusterStateUpdateRequest(ProjectId.DEFAULT, name, null, timeout, timeout);
    }

    /** Returns the state without the data streams, but with their indices. */
    static ClusterState without(ClusterState state, List<DataStream> dataStreams) {
        ProjectMetadata.Builder project = ProjectMetadata.builder(project(state));
        dataStreams.forEach(dataStream -> project.removeDataStream(dataStream.getName()));
        return ClusterState.builder(state).putProjectMetadata(project).build();
    }

    static String template(ClusterState state, DataStream dataStream) {
        return MetadataIndexTemplateService.findV2Template(project(state), dataStream.getName(), false);
    }

    private static ProjectMetadata project(ClusterState state) {
        return state.metadata().getProject(ProjectId.DEFAULT);
    }
}
