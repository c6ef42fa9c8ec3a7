package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.eventually;

import io.dapr.client.DaprClient;
import io.dapr.client.domain.ComponentMetadata;
import io.dapr.client.domain.DaprMetadata;

/** The sidecar itself: waiting for it, its metadata, its shutdown. */
final class Sidecar {
  static void await(Report report, DaprClient client) {
    report.exercise("sidecar: is waited for, and finds the app's subscriptions", () -> {
      client.waitForSidecar(10_000).block();
      eventually("the subscriptions", () -> client.getMetadata().block().getSubscriptions().size() >= 4);
    });
  }

  static void metadata(Report report, DaprClient client) {
    report.exercise("metadata: returns id and components", () -> {
      DaprMetadata metadata = client.getMetadata().block();
      equal("the app id", Main.APP_ID, metadata.getId());
      String type = metadata.getComponents().stream()
          .filter(component -> component.getName().equals("statestore"))
          .map(ComponentMetadata::getType)
          .findFirst().orElseThrow();
      equal("the type of the store", "state.postgresql", type);
      equal("where it finds the app", Integer.parseInt(System.getenv("APP_PORT")),
          metadata.getAppConnectionProperties().getPort());
    });
  }

  static void shutdown(Report report, DaprClient client) {
    report.exercise("sidecar: shuts down", () -> {
      client.shutdown().block();
      eventually("the sidecar to exit", () -> {
        try {
          client.getMetadata().block();
          return false;
        } catch (RuntimeException unavailable) {
          return true;
        }
      });
    });
  }
}
