package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import io.dapr.client.DaprHttp;
import io.dapr.client.domain.HttpExtension;
import io.dapr.exceptions.DaprException;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Service invocation: this app calls itself through the sidecar. */
final class Calls {
  static void exercises(Report report, DaprClient client) {
    report.exercise("invoke: sends a body and a query, and returns the response", () -> {
      var loudly = new HttpExtension(DaprHttp.HttpMethods.POST, Map.of("loud", List.of("yes")), Map.of());
      equal("the response", "POST loud=yes \"HELLO\"",
          client.invokeMethod(Main.APP_ID, "shout", "hello", loudly, String.class).block());
    });

    report.exercise("invoke: passes on the verb", () ->
        equal("the response", "GET", client
            .invokeMethod(Main.APP_ID, "shout", null, HttpExtension.GET, null, String.class).block().strip()));

    report.exercise("invoke: returns the app's error", () -> {
      try {
        client.invokeMethod(Main.APP_ID, "fail", "", HttpExtension.POST).block();
        throw new AssertionError("the call did not fail");
      } catch (DaprException error) {
        equal("the HTTP status", 500, error.getHttpStatusCode());
        String payload = new String(error.getPayload(), StandardCharsets.UTF_8);
        equal("whether the reason is included in " + payload, true, payload.contains("out of stock"));
      }
    });

    report.exercise("invoke: an unknown app is an error", () ->
        rejected("the call", () -> client.invokeMethod("unknown", "shout", "", HttpExtension.POST).block()));
  }

  /** A gRPC service of the app, called with its own stub. */
  static void proxied(Report report, DaprClient client) {
    var health = client.newGrpcStub(Main.APP_ID, HealthGrpc::newBlockingStub);

    report.exercise("proxied gRPC: a call passes through the sidecar", () ->
        equal("the status", HealthCheckResponse.ServingStatus.SERVING,
            health.check(HealthCheckRequest.newBuilder().setService("shop").build()).getStatus()));

    report.exercise("proxied gRPC: a stream passes through the sidecar", () ->
        equal("the status", HealthCheckResponse.ServingStatus.SERVING,
            health.watch(HealthCheckRequest.newBuilder().setService("shop").build()).next().getStatus()));

    report.exercise("proxied gRPC: the app's errors are returned", () -> {
      try {
        health.check(HealthCheckRequest.newBuilder().setService("no such service").build());
        throw new AssertionError("the call did not fail");
      } catch (StatusRuntimeException error) {
        equal("the status", "NOT_FOUND", error.getStatus().getCode().name());
      }
    });
  }
}
