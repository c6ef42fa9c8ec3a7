package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.eventually;

import io.dapr.client.DaprClient;
import io.dapr.client.domain.ComponentMetadata;
import io.dapr.client.domain.DaprMetadata;

/** The sidecar itself: waiting for it, what it tells, its end. */
final class Sidecar {
  static void await(Report report, DaprClient client) {
    report.exercise("sidecar: is waited for, and finds the app's subscriptions", () -> {
      client.waitForSidecar(10_000).block();
      eventually("the subscriptions", () -> client.getMetadata().block().getSubscriptions().size() >= 4);
    });
  }

  static void metadata(Report report, DaprClient client) {
    report.exercise("metadata: tells about the sidecar and its components", () -> {
      DaprMetadata told = client.getMetadata().block();
      equal("the app id", Main.APP_ID, told.getId());
      String type = told.getComponents().stream()
          .filter(component -> component.getName().equals("statestore"))
          .map(ComponentMetadata::getType)
          .findFirst().orElseThrow();
      equal("the type of the store", "state.postgresql", type);
      equal("where it finds the app", Integer.parseInt(System.getenv("APP_PORT")),
          told.getAppConnectionProperties().getPort());
    });
  }

  static void shutdown(Report report, DaprClient client) {
    report.exercise("sidecar: shuts down when it is asked to", () -> {
      client.shutdown().block();
      eventually("the sidecar to be gone", () -> {
        try {
          client.getMetadata().block();
          return false;
        } catch (RuntimeException gone) {
          return true;
        }
      });
    });
  }
}
