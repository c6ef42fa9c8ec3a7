package tidewater.sdk;

import static tidewater.sdk.Inbox.topic;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Empty;
import io.dapr.v1.AppCallbackGrpc;
import io.dapr.v1.CommonProtos.InvokeRequest;
import io.dapr.v1.CommonProtos.InvokeResponse;
import io.dapr.v1.DaprAppCallbackProtos.BindingEventRequest;
import io.dapr.v1.DaprAppCallbackProtos.BindingEventResponse;
import io.dapr.v1.DaprAppCallbackProtos.BulkSubscribeConfig;
import io.dapr.v1.DaprAppCallbackProtos.ListInputBindingsResponse;
import io.dapr.v1.DaprAppCallbackProtos.ListTopicSubscriptionsResponse;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventRequest;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventResponse;
import io.dapr.v1.DaprAppCallbackProtos.TopicEventResponse.TopicEventResponseStatus;
import io.dapr.v1.DaprAppCallbackProtos.TopicRoutes;
import io.dapr.v1.DaprAppCallbackProtos.TopicRule;
import io.dapr.v1.DaprAppCallbackProtos.TopicSubscription;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** The app over gRPC: the sidecar calls these methods. */
final class GrpcApp extends AppCallbackGrpc.AppCallbackImplBase {
  private final Inbox inbox;

  private GrpcApp(Inbox inbox) {
    this.inbox = inbox;
  }

  static void listen(Inbox inbox, int port) throws IOException {
    HealthStatusManager shop = new HealthStatusManager();
    shop.setStatus("shop", ServingStatus.SERVING);
    NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
        .addService(new GrpcApp(inbox))
        .addService(new GrpcAlphaApp(inbox))
        .addService(shop.getHealthService())
        .build()
        .start();
  }

  @Override
  public void onInvoke(InvokeRequest request, StreamObserver<InvokeResponse> reply) {
    if (request.getMethod().equals("fail")) {
      reply.onError(Status.INTERNAL.withDescription("out of stock").asRuntimeException());
      return;
    }
    String text = request.getHttpExtension().getVerb() + " " + request.getHttpExtension().getQuerystring() + " "
        + request.getData().getValue().toStringUtf8().toUpperCase(Locale.ROOT);
    ByteString json = ByteString.copyFromUtf8("\"" + text.replace("\"", "\\\"") + "\"");
    send(reply, InvokeResponse.newBuilder().setContentType("application/json")
        .setData(Any.newBuilder().setValue(json)).build());
  }

  @Override
  public void listTopicSubscriptions(Empty request, StreamObserver<ListTopicSubscriptionsResponse> reply) {
    TopicRule gifts = TopicRule.newBuilder().setMatch("event.data.kind == \"gift\"").setPath("/gifts").build();
    send(reply, ListTopicSubscriptionsResponse.newBuilder()
        .addSubscriptions(to("orders", TopicRoutes.newBuilder().addRules(gifts).setDefault("/orders").build()))
        .addSubscriptions(to("bulk", TopicRoutes.newBuilder().setDefault("/bulk").build()))
        .addSubscriptions(to("unlucky", TopicRoutes.newBuilder().setDefault("/unlucky").build())
            .setDeadLetterTopic(topic("graveyard")))
        .addSubscriptions(to("graveyard", TopicRoutes.newBuilder().setDefault("/graveyard").build()))
        .addSubscriptions(to("batches", TopicRoutes.getDefaultInstance())
            .setBulkSubscribe(BulkSubscribeConfig.newBuilder()
                .setEnabled(true).setMaxMessagesCount(10).setMaxAwaitDurationMs(200)))
        .build());
  }

  private TopicSubscription.Builder to(String topic, TopicRoutes routes) {
    return TopicSubscription.newBuilder().setPubsubName(inbox.pubsub).setTopic(topic(topic)).setRoutes(routes);
  }

  @Override
  public void onTopicEvent(TopicEventRequest event, StreamObserver<TopicEventResponse> reply) {
    String data = event.getData().toString(StandardCharsets.UTF_8);
    boolean isTaken = inbox.take(event.getPath(), event.getType(), data);
    send(reply, TopicEventResponse.newBuilder()
        .setStatus(isTaken ? TopicEventResponseStatus.SUCCESS : TopicEventResponseStatus.DROP).build());
  }

  @Override
  public void listInputBindings(Empty request, StreamObserver<ListInputBindingsResponse> reply) {
    send(reply, ListInputBindingsResponse.newBuilder().addBindings("ticks").build());
  }

  @Override
  public void onBindingEvent(BindingEventRequest event, StreamObserver<BindingEventResponse> reply) {
    inbox.ticks.offer(event.getName());
    send(reply, BindingEventResponse.getDefaultInstance());
  }

  static <T> void send(StreamObserver<T> reply, T message) {
    reply.onNext(message);
    reply.onCompleted();
  }
}
