package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import java.nio.charset.StandardCharsets;
import java.util.Map;

final class Bindings {
  static void input(Report report, Inbox inbox) {
    report.exercise("binding in: cron calls the app again and again", () -> {
      next(inbox.ticks, "a first tick");
      next(inbox.ticks, "a second tick");
    });
  }

  static void output(Report report, DaprClient client) {
    report.exercise("binding out: a query of Postgres", () -> {
      Map<String, String> query = Map.of("sql", "select $1::text || '!', 6 * $2::int", "params", "[\"hi\", 7]");
      equal("the rows", "[[\"hi!\",42]]", invoke(client, "database", "query", "", query));
    });

    report.exercise("binding out: creates and reads a file", () -> {
      Map<String, String> name = Map.of("fileName", "notes/today.txt");
      invoke(client, "files", "create", "low tide at nine", name);
      equal("the file", "low tide at nine", invoke(client, "files", "get", "", name));
      invoke(client, "files", "delete", "", name);
    });

    String redis = "binding out: creates, reads and deletes a value in Redis";
    if (Main.HAS_REDIS) report.exercise(redis, () -> {
      Map<String, String> key = Map.of("key", "java-binding");
      invoke(client, "redis-data", "create", "hello", key);
      equal("the value", "hello", invoke(client, "redis-data", "get", "", key));
      invoke(client, "redis-data", "delete", "", key);
      equal("the deleted value", "", invoke(client, "redis-data", "get", "", key));
    });
    else report.skip(redis, "no Redis here");

    report.exercise("binding out: an unknown operation is an error", () ->
        rejected("the operation", () -> invoke(client, "database", "fly", "", Map.of())));
  }

  /** Bytes are sent unchanged; the SDK would encode anything else as JSON. */
  static String invoke(DaprClient client, String name, String operation, String data, Map<String, String> metadata) {
    byte[] response = client.invokeBinding(name, operation, data.getBytes(StandardCharsets.UTF_8), metadata).block();
    return response == null ? "" : new String(response, StandardCharsets.UTF_8);
  }
}
