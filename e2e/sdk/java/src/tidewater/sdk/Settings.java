package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.eventually;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import io.dapr.client.DaprPreviewClient;
import io.dapr.client.domain.ConfigurationItem;
import io.dapr.client.domain.SubscribeConfigurationRequest;
import io.dapr.client.domain.SubscribeConfigurationResponse;
import io.dapr.client.domain.UnlockResponseStatus;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Consumer;

/** Secrets, configuration, locks. */
final class Settings {
  static void secrets(Report report, DaprClient client) {
    report.exercise("secrets: get one and all", () -> {
      Map<String, String> colour = Map.of("colour", "teal");
      equal("the secret", colour, client.getSecret("secrets", "colour").block());
      Map<String, Map<String, String>> all = client.getBulkSecret("secrets").block();
      equal("the secret among all", colour, all.get("colour"));
      equal("a nested secret", Map.of("database:user", "ada"), all.get("database:user"));
    });

    report.exercise("secrets: an unknown one is an error", () ->
        rejected("the secret", () -> client.getSecret("secrets", "flavour").block()));
  }

  static void configuration(Report report, DaprClient client) {
    report.exercise("configuration: get returns the requested items with their versions", () -> {
      ConfigurationItem greeting = client.getConfiguration("settings", "greeting").block();
      equal("the greeting", "hello 1 {lang=en}",
          greeting.getValue() + " " + greeting.getVersion() + " " + greeting.getMetadata());
      Map<String, ConfigurationItem> items = client.getConfiguration("settings", "greeting", "limit", "nothing").block();
      equal("the number of items", 2, items.size());
      equal("the limit", "10", items.get("limit").getValue());
    });

    report.exercise("configuration: a subscription gets changes in Postgres until it is unsubscribed", () ->
        expectChange(client, "settings", "greeting", Map.of("pgNotifyChannel", "settings"), value ->
            Bindings.invoke(client, "database", "exec", "", Map.of(
                "sql", "update settings set value = $1, version = version::int + 1 where key = 'greeting'",
                "params", "[\"" + value + "\"]"))));

    String redis = "configuration: a subscription gets changes in Redis until it is unsubscribed";
    if (Main.HAS_REDIS) report.exercise(redis, () ->
        expectChange(client, "redis-settings", "java-colour", Map.of(), value ->
            Bindings.invoke(client, "redis-data", "create", value, Map.of("key", "java-colour"))));
    else report.skip(redis, "no Redis here");
  }

  /** Subscribes to an item, changes it, expects the update, and no further update after it has unsubscribed. */
  private static void expectChange(DaprClient client, String store, String key, Map<String, String> metadata,
      Consumer<String> set) throws Exception {
    set.accept("first");
    BlockingQueue<SubscribeConfigurationResponse> changes = new LinkedBlockingQueue<>();
    var request = new SubscribeConfigurationRequest(store, List.of(key)).setMetadata(metadata);
    var stream = client.subscribeConfiguration(request).subscribe(changes::add);
    // The first response has the id, and may have the value of the beginning.
    String id = next(changes, "the id").getSubscriptionId();
    set.accept("second");
    eventually("the change", () -> {
      ConfigurationItem item = next(changes, "the change").getItems().get(key);
      return item != null && item.getValue().equals("second");
    });
    equal("whether it is unsubscribed", true, client.unsubscribeConfiguration(id, store).block().getIsUnsubscribed());
    set.accept("third");
    client.getConfiguration(store, key).block();
    equal("the number of changes after the end", 0, changes.size());
    stream.dispose();
  }

  static void locks(Report report, DaprPreviewClient preview) {
    report.exercise("lock: only one owner at a time, and only the owner unlocks", () -> {
      equal("Ann's lock", true, preview.tryLock("locks", "java-till", "Ann", 30).block());
      equal("Bob's lock", false, preview.tryLock("locks", "java-till", "Bob", 30).block());
      equal("Bob's unlock", UnlockResponseStatus.LOCK_BELONG_TO_OTHERS, preview.unlock("locks", "java-till", "Bob").block());
      equal("Ann's unlock", UnlockResponseStatus.SUCCESS, preview.unlock("locks", "java-till", "Ann").block());
      equal("Ann's second unlock", UnlockResponseStatus.LOCK_UNEXIST, preview.unlock("locks", "java-till", "Ann").block());
    });

    report.exercise("lock: expires", () -> {
      equal("Ann's lock", true, preview.tryLock("locks", "java-short", "Ann", 1).block());
      eventually("the lock to end", () -> preview.tryLock("locks", "java-short", "Bob", 1).block());
    });
  }
}
