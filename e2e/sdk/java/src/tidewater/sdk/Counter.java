package tidewater.sdk;

import io.dapr.actors.ActorMethod;
import io.dapr.actors.ActorType;
import reactor.core.publisher.Mono;

/** The interface of the actor: a number with a name. */
@ActorType(name = "JavaCounter")
public interface Counter {
  @ActorMethod(returns = Integer.class)
  Mono<Integer> add(int amount);

  @ActorMethod(returns = Integer.class)
  Mono<Integer> count();

  Mono<Void> startTimer(String name);

  Mono<Void> stopTimer(String name);

  Mono<Void> remindMe(String name);

  Mono<Void> forgetMe(String name);

  Mono<Void> fail();

  /** What the timer calls: the SDK finds methods in the interface only. */
  Mono<Void> tick(String data);
}
