import java.io.IOException;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.AckedClusterStateUpdateTask;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.DataStream;
import org.elasticsearch.cluster.metadata.MetadataCreateDataStreamService;
import org.elasticsearch.cluster.metadata.MetadataDeleteIndexService;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.common.regex.Regex;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.Index;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.rest.action.RestToXContentListener;
import org.elasticsearch.xcontent.XContentBuilder;

/**
 * The REST API of data streams, in place of a module that is not published. The published server has the
 * data streams themselves. It supports names and wildcards but no query parameters, and returns only a
 * part of what the module returns for a data stream.
 */
final class DataStreamHandler extends BaseRestHandler {
    private static final TimeValue TIMEOUT = TimeValue.timeValueSeconds(30);

    private final ClusterService clusterService;
    private final MetadataCreateDataStreamService createService;

    DataStreamHandler(ClusterService clusterService, MetadataCreateDataStreamService createService) {
        this.clusterService = clusterService;
        this.createService = createService;
    }

    @Override
    public String getName() {
        return "test_data_stream";
    }

    @Override
    public List<Route> routes() {
        return List.of(
            new Route(Method.GET, "/_data_stream"),
            new Route(Method.GET, "/_data_stream/{name}"),
            new Route(Method.PUT, "/_data_stream/{name}"),
            new Route(Method.DELETE, "/_data_stream/{name}"));
    }

    @Override
    @SuppressWarnings("deprecation") // submitUnbatchedStateUpdateTask: a test needs no task queue
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        String name = request.param("name", "*");
        return switch (request.method()) {
            case PUT -> channel -> createService.createDataStream(
                Core.createRequest(name, TIMEOUT), new RestToXContentListener<>(channel));
            case DELETE -> {
                find(clusterService.state(), name); // answers an unknown name like GET
                yield channel -> clusterService.getMasterService().submitUnbatchedStateUpdateTask(
                    "delete-data-stream",
                    new AckedClusterStateUpdateTask(TIMEOUT, TIMEOUT, new RestToXContentListener<>(channel)) {
                        @Override
                        public ClusterState execute(ClusterState state) {
                            return delete(state, name);
                        }
                    });
            }
            default -> {
                ClusterState state = clusterService.state();
                List<DataStream> found = find(state, name);
                yield channel -> channel.sendResponse(
                    new RestResponse(RestStatus.OK, describe(channel.newBuilder(), state, found)));
            }
        };
    }

    /** Returns the data streams that match a name or pattern, sorted. It is an error if a name does not exist. */
    private static List<DataStream> find(ClusterState state, String pattern) {
        List<DataStream> found = Core.dataStreams(state).stream()
            .filter(dataStream -> Regex.simpleMatch(pattern, dataStream.getName()))
            .sorted(Comparator.comparing(DataStream::getName))
            .toList();
        if (found.isEmpty() && !Regex.isSimpleMatchPattern(pattern)) {
            throw new IndexNotFoundException(pattern);
        }
        return found;
    }

    private ClusterState delete(ClusterState state, String pattern) {
        List<DataStream> found = find(state, pattern);
        Set<Index> indices = new HashSet<>();
        for (DataStream dataStream : found) {
            indices.addAll(dataStream.getIndices());
            indices.addAll(dataStream.getFailureIndices());
        }
        // The data streams first: an index of a data stream cannot be deleted.
        ClusterState without = Core.without(state, found);
        return MetadataDeleteIndexService.deleteIndices(without, indices, clusterService.getSettings());
    }

    private static XContentBuilder describe(XContentBuilder body, ClusterState state, List<DataStream> found)
        throws IOException {
        body.startObject().startArray("data_streams");
        for (DataStream dataStream : found) {
            body.startObject();
            body.field("name", dataStream.getName());
            body.startObject("timestamp_field").field("name", DataStream.TIMESTAMP_FIELD_NAME).endObject();
            body.startArray("indices");
            for (Index index : dataStream.getIndices()) {
                body.startObject();
                body.field("index_name", index.getName());
                body.field("index_uuid", index.getUUID());
                body.endObject();
            }
            body.endArray();
            body.field("generation", dataStream.getGeneration());
            body.field("template", Core.template(state, dataStream));
            body.field("hidden", dataStream.isHidden());
            body.endObject();
        }
        return body.endArray().endObject();
    }
}
