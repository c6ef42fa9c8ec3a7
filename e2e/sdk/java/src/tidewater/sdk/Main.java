package tidewater.sdk;

import io.dapr.client.DaprClient;
import io.dapr.client.DaprClientBuilder;
import io.dapr.client.DaprPreviewClient;
import java.util.List;

/**
 * Uses every building block of a Dapr sidecar through the official Java SDK and prints the result of each exercise.
 *
 * <p>It is one of two apps: "http" hosts actors and receives events and bindings over HTTP, "grpc" does so over gRPC.
 */
public final class Main {
  static final String APP_ID = System.getenv("APP_ID");
  static final boolean HAS_REDIS = !System.getenv().getOrDefault("HAS_REDIS", "").isEmpty();

  public static void main(String[] args) throws Exception {
    int port = Integer.parseInt(System.getenv("APP_PORT"));
    Report report = new Report();
    try (DaprClient client = new DaprClientBuilder().build();
        DaprPreviewClient preview = new DaprClientBuilder().buildPreviewClient()) {
      if (List.of(args).contains("grpc")) tryOverGrpc(report, client, preview, port);
      else tryOverHttp(report, client, preview, port);
      Sidecar.shutdown(report, client);
    }
    // The app's servers would prevent the exit.
    System.exit(report.end());
  }

  /** Also runs the exercises that need no app. */
  private static void tryOverHttp(Report report, DaprClient client, DaprPreviewClient preview, int port) throws Exception {
    Inbox inbox = new Inbox("pubsub");
    new HttpApp(inbox).listen(port);
    Sidecar.await(report, client);
    Sidecar.metadata(report, client);
    States.exercises(report, client, "statestore");
    if (HAS_REDIS) States.exercises(report, client, "redis-state");
    else report.skip("state on redis-state", "no Redis here");
    States.queries(report, client, preview);
    Events.exercises(report, client, inbox);
    Events.streams(report, client, preview, inbox);
    Calls.exercises(report, client);
    Bindings.input(report, inbox);
    Bindings.output(report, client);
    Settings.secrets(report, client);
    Settings.configuration(report, client);
    Settings.locks(report, preview);
    Crypto.exercises(report, preview);
    Actors.exercises(report);
    Conversation.exercises(report, preview);
  }

  /** Runs the exercises in which the sidecar calls the app, and those that exist only for gRPC. */
  private static void tryOverGrpc(Report report, DaprClient client, DaprPreviewClient preview, int port) throws Exception {
    Inbox inbox = new Inbox(HAS_REDIS ? "redis-pubsub" : "pubsub");
    GrpcApp.listen(inbox, port);
    Sidecar.await(report, client);
    Sidecar.metadata(report, client);
    Events.exercises(report, client, inbox);
    Events.inBatches(report, client, inbox);
    Events.streams(report, client, preview, inbox);
    Calls.exercises(report, client);
    Calls.proxied(report, client);
    Bindings.input(report, inbox);
    Jobs.exercises(report, client, inbox);
  }
}
