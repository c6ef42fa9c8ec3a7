import assert from 'node:assert/strict';
import { AbstractActor, ActorId, ActorProxyBuilder, Temporal } from '@dapr/dapr';
import { eventually, exercise, rejected } from './exercises.js';

const soon = Temporal.Duration.from({ milliseconds: 100 });
const later = Temporal.Duration.from({ hours: 1 });

/** A counter with timers and reminders. */
export class Counter extends AbstractActor {
  async add(amount) {
    const state = this.getStateManager();
    const [, count] = await state.tryGetState('count');
    await state.setState('count', (count ?? 0) + amount);
    return { count: (count ?? 0) + amount };
  }

  async increase() {
    return this.add(1);
  }

  async count() {
    const [isThere, count] = await this.getStateManager().tryGetState('count');
    return { count: isThere ? count : 0 };
  }

  async forget() {
    await this.getStateManager().removeState('count');
  }

  async fail() {
    throw new Error('this one always fails');
  }

  async startTimer() {
    await this.registerActorTimer('timer', 'add', soon, soon, undefined, 1);
  }

  async stopTimer() {
    await this.unregisterActorTimer('timer');
  }

  async remind() {
    await this.registerActorReminder('reminder', soon, soon, undefined, 100);
    await this.registerActorReminder('far', later);
  }

  async stopReminding() {
    await this.unregisterActorReminder('reminder');
    await this.unregisterActorReminder('far');
  }

  async receiveReminder(amount) {
    await this.add(amount);
  }
}

/** Over HTTP only: over gRPC this SDK calls actors but cannot host them. */
export async function hostActors({ actor }) {
  await actor.init();
  await actor.registerActor(Counter);
}

export async function actors(client, callers) {
  const actorOf = (id, caller = client) => new ActorProxyBuilder(Counter, caller).build(new ActorId(id));

  for (const [protocol, caller] of Object.entries(callers))
    await exercise(`actors: calls through ${protocol} have separate state for each actor`, async () => {
      const [one, two] = [actorOf(`${protocol}-one`, caller), actorOf(`${protocol}-two`, caller)];
      await eventually(async () => !(await rejected(one.count())));
      // Over gRPC the SDK sends arguments without their type, and its server then ignores them.
      await one.increase();
      assert.deepEqual(await one.increase(), { count: 2 });
      assert.deepEqual([await one.count(), await two.count()], [{ count: 2 }, { count: 0 }]);
      await one.forget();
      assert.deepEqual(await one.count(), { count: 0 });
    });

  await exercise('actors: run one turn at a time', async () => {
    const busy = actorOf('busy');
    await Promise.all(Array.from({ length: 20 }, () => busy.add(2)));
    assert.deepEqual(await busy.count(), { count: 40 });
  });

  await exercise('actors: a failed turn is an error for the caller', async () => {
    assert.ok(await rejected(actorOf('failing').fail()));
  });

  await exercise('actors: a timer fires until it is stopped', async () => {
    const timed = actorOf('timed');
    await timed.startTimer();
    await eventually(async () => (await timed.count()).count >= 3);
    await timed.stopTimer();
    const { count } = await timed.count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await timed.count()).count, count);
  });

  await exercise('actors: a reminder fires with its data until it is stopped', async () => {
    const reminded = actorOf('reminded');
    await reminded.remind();
    await eventually(async () => (await reminded.count()).count >= 300);
    await reminded.stopReminding();
    const { count } = await reminded.count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await reminded.count()).count, count);
  });
}
