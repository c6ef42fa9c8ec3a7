import assert from 'node:assert/strict';
import { AbstractActor, ActorId, ActorProxyBuilder, Temporal } from '@dapr/dapr';
import { eventually, exercise, refused } from './exercises.js';

const soon = Temporal.Duration.from({ milliseconds: 100 });
const later = Temporal.Duration.from({ hours: 1 });

/** Counts, by itself too. */
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

/** Over HTTP alone: over gRPC this SDK calls actors but hosts none. */
export async function hostActors({ actor }) {
  await actor.init();
  await actor.registerActor(Counter);
}

export async function actors(client, callers) {
  const actorOf = (id, caller = client) => new ActorProxyBuilder(Counter, caller).build(new ActorId(id));

  for (const [door, caller] of Object.entries(callers))
    await exercise(`actors: answers calls through ${door}, each actor with its own state`, async () => {
      const [one, two] = [actorOf(`${door}-one`, caller), actorOf(`${door}-two`, caller)];
      await eventually(async () => !(await refused(one.count())));
      // Over gRPC the SDK sends arguments without their type, and its own server then takes them for none.
      await one.increase();
      assert.deepEqual(await one.increase(), { count: 2 });
      assert.deepEqual([await one.count(), await two.count()], [{ count: 2 }, { count: 0 }]);
      await one.forget();
      assert.deepEqual(await one.count(), { count: 0 });
    });

  await exercise('actors: takes one turn at a time', async () => {
    const busy = actorOf('busy');
    await Promise.all(Array.from({ length: 20 }, () => busy.add(2)));
    assert.deepEqual(await busy.count(), { count: 40 });
  });

  await exercise('actors: tells the caller that a turn failed', async () => {
    assert.ok(await refused(actorOf('failing').fail()));
  });

  await exercise('actors: a timer goes on until it is stopped', async () => {
    const timed = actorOf('timed');
    await timed.startTimer();
    await eventually(async () => (await timed.count()).count >= 3);
    await timed.stopTimer();
    const { count } = await timed.count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await timed.count()).count, count);
  });

  await exercise('actors: a reminder brings its data, until it is stopped', async () => {
    const reminded = actorOf('reminded');
    await reminded.remind();
    await eventually(async () => (await reminded.count()).count >= 300);
    await reminded.stopReminding();
    const { count } = await reminded.count();
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal((await reminded.count()).count, count);
  });
}
