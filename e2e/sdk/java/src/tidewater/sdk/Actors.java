package tidewater.sdk;

import static tidewater.sdk.Report.equal;
import static tidewater.sdk.Report.next;
import static tidewater.sdk.Report.rejected;

import io.dapr.actors.ActorId;
import io.dapr.actors.client.ActorClient;
import io.dapr.actors.client.ActorProxyBuilder;
import java.util.concurrent.TimeUnit;
import reactor.core.publisher.Flux;

final class Actors {
  static void exercises(Report report) {
    try (ActorClient client = new ActorClient()) {
      exercises(report, new ActorProxyBuilder<>(Counter.class, client));
    }
  }

  private static void exercises(Report report, ActorProxyBuilder<Counter> counters) {
    report.exercise("actor: has state between calls, separate for each actor", () -> {
      Counter red = counters.build(new ActorId("red"));
      Counter blue = counters.build(new ActorId("blue"));
      equal("red", 2, red.add(2).block());
      equal("red again", 5, red.add(3).block());
      equal("blue", 1, blue.add(1).block());
      equal("red at last", 5, red.count().block());
    });

    report.exercise("actor: one turn at a time", () -> {
      Counter busy = counters.build(new ActorId("busy"));
      Flux.range(0, 20).flatMap(call -> busy.add(1), 20).blockLast();
      equal("the count after 20 additions", 20, busy.count().block());
    });

    report.exercise("actor: a turn that fails changes nothing", () -> {
      Counter unlucky = counters.build(new ActorId("unlucky"));
      unlucky.add(1).block();
      rejected("the call", () -> unlucky.fail().block());
      equal("the count", 1, unlucky.count().block());
    });

    report.exercise("actor: a timer ticks until it is stopped", () -> {
      Counter clock = counters.build(new ActorId("clock"));
      clock.startTimer("fast").block();
      for (int tick = 0; tick < 3; tick++) equal("the tick", "clock timer data", next(HostedCounter.RINGS, "a tick"));
      clock.stopTimer("fast").block();
      silence(400);
    });

    report.exercise("actor: a reminder fires until it is unregistered", () -> {
      Counter sleeper = counters.build(new ActorId("sleeper"));
      sleeper.remindMe("wake").block();
      for (int ring = 0; ring < 2; ring++) equal("the ring", "sleeper wake get up", next(HostedCounter.RINGS, "a ring"));
      sleeper.forgetMe("wake").block();
      silence(600);
    });
  }

  /** Fails when a timer or reminder fires within this time. A firing that is already in progress is ignored. */
  private static void silence(int ms) throws InterruptedException {
    HostedCounter.RINGS.clear();
    equal("what rang", null, HostedCounter.RINGS.poll(ms, TimeUnit.MILLISECONDS));
  }
}
