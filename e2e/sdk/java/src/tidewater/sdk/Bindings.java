package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.refused;

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
    report.exercise("binding out: Postgres answers a query", () -> {
      Map<String, String> query = Map.of("sql", "select $1::text || '!', 6 * $2::int", "params", "[\"hi\", 7]");
      equal("the rows", "[[\"hi!\",42]]", invoke(client, "database", "query", "", query));
    });

    report.exercise("binding out: a folder keeps and gives a file", () -> {
      Map<String, String> name = Map.of("fileName", "notes/today.txt");
      invoke(client, "files", "create", "low tide at nine", name);
      equal("the file", "low tide at nine", invoke(client, "files", "get", "", name));
      invoke(client, "files", "delete", "", name);
    });

    String redis = "binding out: Redis keeps, gives and forgets a value";
    if (Main.HAS_REDIS) report.exercise(redis, () -> {
      Map<String, String> key = Map.of("key", "java-binding");
      invoke(client, "redis-data", "create", "hello", key);
      equal("the value", "hello", invoke(client, "redis-data", "get", "", key));
      invoke(client, "redis-data", "delete", "", key);
      equal("the deleted value", "", invoke(client, "redis-data", "get", "", key));
    });
    else report.skip(redis, "no Redis here");

    report.exercise("binding out: an operation it does not know is refused", () ->
        refused("the operation", () -> invoke(client, "database", "fly", "", Map.of())));
  }

  /** Bytes go as they are; the SDK would make JSON of anything else. */
  static String invoke(DaprClient client, String name, String operation, String data, Map<String, String> metadata) {
    byte[] answer = client.invokeBinding(name, operation, data.getBytes(StandardCharsets.UTF_8), metadata).block();
    return answer == null ? "" : new String(answer, StandardCharsets.UTF_8);
  }
}
