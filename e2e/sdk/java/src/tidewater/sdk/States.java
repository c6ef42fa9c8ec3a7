package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.eventually;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import io.dapr.client.DaprPreviewClient;
import io.dapr.client.domain.QueryStateItem;
import io.dapr.client.domain.QueryStateResponse;
import io.dapr.client.domain.SaveStateRequest;
import io.dapr.client.domain.State;
import io.dapr.client.domain.StateOptions;
import io.dapr.client.domain.StateOptions.Concurrency;
import io.dapr.client.domain.StateOptions.Consistency;
import io.dapr.client.domain.TransactionalStateOperation;
import io.dapr.client.domain.TransactionalStateOperation.OperationType;
import io.dapr.client.domain.query.Query;
import io.dapr.client.domain.query.Sorting;
import io.dapr.client.domain.query.filters.EqFilter;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

final class States {
  record Product(String kind, int price) {}

  /** Runs on every state store: all have the same guarantees. */
  static void exercises(Report report, DaprClient client, String store) {
    String name = "state on " + store;
    StateOptions firstWrite = new StateOptions(Consistency.STRONG, Concurrency.FIRST_WRITE);

    report.exercise(name + ": saves, reads and deletes", () -> {
      client.saveState(store, "mug", new Product("cup", 3)).block();
      equal("the mug", new Product("cup", 3), client.getState(store, "mug", Product.class).block().getValue());
      client.deleteState(store, "mug").block();
      State<Product> deleted = client.getState(store, "mug", Product.class).block();
      equal("the deleted mug", null, deleted.getValue());
    });

    report.exercise(name + ": a stale etag changes nothing", () -> {
      client.saveState(store, "lamp", 1).block();
      String first = client.getState(store, "lamp", Integer.class).block().getEtag();
      client.saveState(store, "lamp", first, 2, firstWrite).block();
      rejected("a save with the old etag", () -> client.saveState(store, "lamp", first, 3, firstWrite).block());
      rejected("a delete with the old etag", () -> client.deleteState(store, "lamp", first, firstWrite).block());
      State<Integer> second = client.getState(store, "lamp", firstWrite, Integer.class).block();
      equal("the lamp", 2, second.getValue());
      client.deleteState(store, "lamp", second.getEtag(), firstWrite).block();
    });

    report.exercise(name + ": many keys at once", () -> {
      client.saveBulkState(store, List.of(new State<>("red", "r", ""), new State<>("green", "g", ""))).block();
      Map<String, String> found = new TreeMap<>();
      for (State<String> state : client.getBulkState(store, List.of("red", "green", "none"), String.class).block()) {
        equal("the error of " + state.getKey(), null, state.getError());
        found.put(state.getKey(), String.valueOf(state.getValue()));
      }
      equal("what was found", Map.of("red", "r", "green", "g", "none", "null"), found);
      client.deleteState(store, "red").block();
      client.deleteState(store, "green").block();
    });

    report.exercise(name + ": a transaction writes all or nothing", () -> {
      client.saveState(store, "old", 1).block();
      client.executeStateTransaction(store, List.of(
          new TransactionalStateOperation<>(OperationType.UPSERT, new State<>("new", 2, "")),
          new TransactionalStateOperation<>(OperationType.DELETE, new State<>("old")))).block();
      equal("the new key", 2, client.getState(store, "new", Integer.class).block().getValue());
      equal("the old key", null, client.getState(store, "old", Integer.class).block().getValue());
      rejected("a transaction with a wrong etag", () -> client.executeStateTransaction(store, List.of(
          new TransactionalStateOperation<>(OperationType.UPSERT, new State<>("other", 3, "")),
          new TransactionalStateOperation<>(OperationType.UPSERT, new State<>("new", 4, "77777", firstWrite)))).block());
      equal("the other key", null, client.getState(store, "other", Integer.class).block().getValue());
      client.deleteState(store, "new").block();
    });

    report.exercise(name + ": a value with a time to live expires", () -> {
      State<String> brief = new State<>("brief", "short-lived", "", Map.of("ttlInSeconds", "1"), null);
      client.saveBulkState(new SaveStateRequest(store).setStates(brief)).block();
      State<String> stored = client.getState(store, "brief", String.class).block();
      equal("the value", "short-lived", stored.getValue());
      equal("whether it has an expiry time", true, stored.getMetadata().containsKey("ttlExpireTime"));
      eventually("the key to expire", () -> client.getState(store, "brief", String.class).block().getValue() == null);
    });
  }

  static void queries(Report report, DaprClient client, DaprPreviewClient preview) {
    report.exercise("state query: filters, sorts and pages", () -> {
      Map<String, Product> products = Map.of(
          "tent", new Product("camp", 90), "stove", new Product("camp", 40), "kayak", new Product("sea", 700));
      Map<String, String> json = Map.of("contentType", "application/json");
      List<State<?>> states = products.entrySet().stream()
          .<State<?>>map(entry -> new State<>(entry.getKey(), entry.getValue(), null, json, null)).toList();
      client.saveBulkState("querystore", states).block();
      Query camping = new Query().setFilter(new EqFilter<>("kind", "camp"))
          .setSort(List.of(new Sorting("price", Sorting.Order.ASC)));
      QueryStateResponse<Product> response = preview.queryState("querystore", camping, Product.class).block();
      equal("the keys", List.of("stove", "tent"), response.getResults().stream().map(QueryStateItem::getKey).toList());
      equal("the first", products.get("stove"), response.getResults().get(0).getValue());
      QueryStateResponse<Product> page = preview.queryState("querystore", "{\"page\":{\"limit\":2}}", Product.class).block();
      equal("the size of a page", 2, page.getResults().size());
      equal("whether there is a next page", false, page.getToken().isEmpty());
    });
  }
}
