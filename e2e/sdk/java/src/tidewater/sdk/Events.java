package tidewater.sdk;

import static tidewater.sdk.Inbox.topic;
import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.rejected;

import io.dapr.client.DaprClient;
import io.dapr.client.DaprPreviewClient;
import io.dapr.client.Subscription;
import io.dapr.client.SubscriptionListener;
import io.dapr.client.domain.BulkPublishResponse;
import io.dapr.client.domain.CloudEvent;
import io.dapr.client.domain.PublishEventRequest;
import io.dapr.utils.TypeRef;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

final class Events {
  static void exercises(Report report, DaprClient client, Inbox inbox) {
    report.exercise("publish: an event arrives as a CloudEvent", () -> {
      client.publishEvent(new PublishEventRequest(inbox.pubsub, topic("orders"), Map.of("kind", "plain"))
          .setContentType("application/json").setMetadata(Map.of("cloudevent.type", "order.placed"))).block();
      equal("the event", new Inbox.Delivery("/orders", "order.placed", "{\"kind\":\"plain\"}"),
          next(inbox.orders, "the event"));
    });

    report.exercise("publish: a rule chooses the route", () -> {
      client.publishEvent(inbox.pubsub, topic("orders"), Map.of("kind", "gift")).block();
      equal("the route", "/gifts", next(inbox.orders, "the gift").route());
    });

    report.exercise("publish: many events in one request", () -> {
      BulkPublishResponse<String> response =
          client.publishEvents(inbox.pubsub, topic("bulk"), "text/plain", "a", "b", "c").block();
      equal("the failed events", List.of(), response.getFailedEntries());
      Set<String> got = new TreeSet<>();
      for (int event = 0; event < 3; event++) got.add(next(inbox.bulk, "event " + event));
      equal("what arrived", Set.of("a", "b", "c"), got);
    });

    report.exercise("publish: a dropped event becomes a dead letter", () -> {
      client.publishEvent(inbox.pubsub, topic("unlucky"), "13", Map.of()).block();
      String attempt = next(inbox.attempts, "the attempt");
      equal("the dead letter", attempt, next(inbox.deadLetters, "the dead letter"));
    });

    report.exercise("publish: an unknown broker is an error", () ->
        rejected("the event", () -> client.publishEvent("nowhere", topic("orders"), "x").block()));
  }

  /** Bulk subscriptions: the sidecar delivers many events in one call. */
  static void inBatches(Report report, DaprClient client, Inbox inbox) {
    report.exercise("subscription in batches: events come together", () -> {
      client.publishEvents(inbox.pubsub, topic("batches"), "text/plain", "a", "b", "c", "d").block();
      int events = 0;
      while (events < 4) events += next(inbox.batches, "a batch");
      equal("the number of events", 4, events);
    });
  }

  /** Streams: subscriptions without a port. Only the older of the two APIs can return RETRY. */
  @SuppressWarnings({"deprecation", "unchecked"})
  static void streams(Report report, DaprClient client, DaprPreviewClient preview, Inbox inbox) {
    report.exercise("streamed subscription: an event is redelivered on retry", () -> {
      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      AtomicInteger tries = new AtomicInteger();
      var listener = new SubscriptionListener<String>() {
        @Override
        public Mono<Status> onEvent(CloudEvent<String> event) {
          received.add(event.getData());
          return Mono.just(tries.incrementAndGet() == 1 ? Status.RETRY : Status.SUCCESS);
        }

        @Override
        public void onError(RuntimeException problem) {
          received.add(problem.toString());
        }
      };
      try (Subscription<String> sub =
          preview.subscribeToEvents(inbox.pubsub, topic("streamed"), listener, TypeRef.STRING)) {
        Thread.sleep(300); // The SDK does not report when the subscription is active.
        client.publishEvent(inbox.pubsub, topic("streamed"), "hello").block();
        equal("the first try", "hello", next(received, "the event"));
        equal("the second try", "hello", next(received, "the event again"));
        Thread.sleep(200); // Closing drops pending responses.
      }
    });

    report.exercise("streamed subscription: as a flux", () -> {
      BlockingQueue<String> received = new LinkedBlockingQueue<>();
      var stream = preview.subscribeToTopic(inbox.pubsub, topic("flux"), TypeRef.STRING).subscribe(received::add);
      Thread.sleep(300);
      client.publishEvent(inbox.pubsub, topic("flux"), "one").block();
      client.publishEvent(inbox.pubsub, topic("flux"), "two").block();
      equal("the events", Set.of("one", "two"), Set.of(next(received, "one"), next(received, "two")));
      stream.dispose();
    });
  }
}
