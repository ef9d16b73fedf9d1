import java.io.IOException;
import java.util.List;

import org.elasticsearch.Build;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.cluster.service.ClusterService;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestRequest.Method;
import org.elasticsearch.rest.RestResponse;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.XContentBuilder;

/** The root path and the license, in place of modules that are not published. */
final class InfoHandler extends BaseRestHandler {
    private final ClusterService clusterService;

    InfoHandler(ClusterService clusterService) {
        this.clusterService = clusterService;
    }

    @Override
    public String getName() {
        return "test_info";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(Method.GET, "/"), new Route(Method.HEAD, "/"), new Route(Method.GET, "/_license"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        boolean license = request.path().equals("/_license");
        return channel -> {
            XContentBuilder body = channel.newBuilder();
            channel.sendResponse(new RestResponse(RestStatus.OK, license ? license(body) : info(body)));
        };
    }

    private XContentBuilder info(XContentBuilder body) throws IOException {
        Build build = Build.current();
        body.startObject();
        body.field("name", ElasticsearchServer.NAME);
        body.field("cluster_name", ElasticsearchServer.NAME);
        body.field("cluster_uuid", clusterService.state().metadata().clusterUUID());
        body.startObject("version");
        body.field("number", build.version());
        body.field("build_flavor", build.flavor());
        body.field("build_snapshot", build.isSnapshot());
        body.endObject();
        body.field("tagline", "You Know, for Search");
        return body.endObject();
    }

    private static XContentBuilder license(XContentBuilder body) throws IOException {
        body.startObject().startObject("license");
        body.field("status", "active");
        body.field("uid", "00000000-0000-0000-0000-000000000000");
        body.field("type", "basic");
        return body.endObject().endObject();
    }
}
