package tidewater.sdk;

import io.dapr.actors.ActorId;
import io.dapr.actors.runtime.AbstractActor;
import io.dapr.actors.runtime.ActorRuntimeContext;
import io.dapr.actors.runtime.Remindable;
import io.dapr.utils.TypeRef;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import reactor.core.publisher.Mono;

/** The hosted actor. The SDK saves its state at the end of each turn, and discards it after a failure. */
public final class HostedCounter extends AbstractActor implements Counter, Remindable<String> {
  /** Firings of timers and reminders: actor, name, data. */
  static final BlockingQueue<String> RINGS = new LinkedBlockingQueue<>();

  public HostedCounter(ActorRuntimeContext<HostedCounter> context, ActorId id) {
    super(context, id);
  }

  @Override
  public Mono<Integer> add(int amount) {
    return count().flatMap(count -> getActorStateManager().set("count", count + amount).thenReturn(count + amount));
  }

  @Override
  public Mono<Integer> count() {
    return getActorStateManager().contains("count")
        .flatMap(known -> known ? getActorStateManager().get("count", Integer.class) : Mono.just(0));
  }

  @Override
  public Mono<Void> startTimer(String name) {
    Duration often = Duration.ofMillis(100);
    return registerActorTimer(name, "tick", "data", often, often).then();
  }

  @Override
  public Mono<Void> stopTimer(String name) {
    return unregisterTimer(name);
  }

  @Override
  public Mono<Void> tick(String data) {
    RINGS.add(getId() + " timer " + data);
    return Mono.empty();
  }

  @Override
  public Mono<Void> remindMe(String name) {
    return registerReminder(name, "get up", Duration.ofMillis(200), Duration.ofMillis(200));
  }

  @Override
  public Mono<Void> forgetMe(String name) {
    return unregisterReminder(name);
  }

  @Override
  public TypeRef<String> getStateType() {
    return TypeRef.STRING;
  }

  @Override
  public Mono<Void> receiveReminder(String name, String data, Duration dueTime, Duration period) {
    RINGS.add(getId() + " " + name + " " + data);
    return Mono.empty();
  }

  @Override
  public Mono<Void> fail() {
    return add(1000).then(Mono.error(new IllegalStateException("no luck")));
  }
}
