import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import type { Loaded } from '#core/component.ts';
import { within } from '#core/deadline.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { noBody } from '#core/message.ts';
import { parseTraceparent } from '#core/trace.ts';
import type { BindingAnswer, BindingApp } from './binding-app.ts';
import { directionsOf, isInputBinding } from './binding.ts';
import type { Binding, BindingEvent, BindingReading, InputBinding } from './binding.ts';
import type { BindingsBlock } from './bindings.ts';
import { bindingEventRefused } from './errors.ts';

/** Saves what an app answered to an event. */
export type SaveStates = (
  call: Call,
  storeName: string,
  states: readonly { readonly key: string; readonly value: Uint8Array }[],
) => Promise<void>;

export interface InputBindingsOptions {
  /** Read anew at each `start` and `refresh`: components may come and go. */
  readonly bindings: ReadonlyMap<string, Loaded<Binding>>;
  readonly output: BindingsBlock;
  readonly save: SaveStates;
  /** How long an app may take to say whether it listens. */
  readonly probeLimitMs: number;
  readonly newCall: (signal: AbortSignal) => Call;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** What outside systems tell the app. It begins when the app is up and ends when it is not. */
export interface InputBindings {
  /** Asks the app which bindings it listens to and begins to read those. Calling it again begins anew. */
  start(app: BindingApp): Promise<void>;
  /**
   * Begins what is new among the components and ends what is gone, whose events under way have at most `drainMs`. Does
   * nothing before `start`.
   */
  refresh(drainMs?: number): Promise<void>;
  /** Takes no new events and waits for those under way, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

interface Open {
  readonly port: InputBinding;
  readonly reading: BindingReading;
}

export function inputBindings(options: InputBindingsOptions): InputBindings {
  const { bindings, clock, log, newCall, recorder } = options;
  const open = new Map<string, Open>();
  let app: BindingApp | undefined;
  let working = new AbortController();
  /** Starts and stops follow each other, however they were called. */
  let turn: Promise<void> = Promise.resolve();

  const listens = async (to: BindingApp, { name, metadata }: Loaded<Binding>): Promise<boolean> => {
    const { isInput, isInputCertain } = directionsOf(metadata);
    if (!isInput || isInputCertain) return isInput;
    const { probeLimitMs } = options;
    const ask = (signal: AbortSignal): Promise<boolean> =>
      to.wants(newCall(AbortSignal.any([working.signal, signal])), name, pathOf(name, metadata));
    const late = (): Error => bindingEventRefused(name, `it did not say within ${probeLimitMs} ms whether it listens`);
    const isWanted = await within(clock, probeLimitMs, ask, late);
    if (!isWanted) log.info({ binding: name }, `app has not subscribed to binding ${name}.`);
    return isWanted;
  };

  const begin = async (to: BindingApp, loaded: Loaded<Binding>): Promise<void> => {
    const { name, metadata, port } = loaded;
    if (!isInputBinding(port) || open.has(name)) return;
    try {
      if (!(await listens(to, loaded))) return;
      const place = { name, path: pathOf(name, metadata) };
      const reading = await port.read((event) => deliver(to, place, event));
      open.set(name, { port, reading });
    } catch (cause) {
      log.error({ binding: name, error: textOf(cause) }, `error reading from input binding ${name}`);
    }
  };

  const deliver = async (
    to: BindingApp,
    place: { readonly name: string; readonly path: string },
    event: BindingEvent,
  ): Promise<Uint8Array> => {
    const own = newCall(working.signal);
    const trace = parseTraceparent(event.metadata['traceparent'], event.metadata['tracestate']);
    const start = {
      kind: 'binding.read',
      name: place.name,
      attributes: { path: place.path },
      input: event.data,
    } as const;
    return await recorder.record(trace ? { ...own, trace } : own, start, async (call, scope) => {
      const answer = await to.deliver(call, place, event);
      if (answer.body.length > 0) scope.output(answer.body);
      await heed(call, place.name, answer);
      return answer.body;
    });
  };

  /** The event is taken whatever becomes of the answer: sending it again would not mend a missing store. */
  const heed = async (call: Call, name: string, answer: BindingAnswer): Promise<void> => {
    const { to, data, states, storeName, isParallel } = answer;
    const send = async (target: string): Promise<void> => {
      const sent = await options.output.invoke(call, { name: target, operation: 'create', data, metadata: {} });
      if (sent?.failure) throw sent.failure;
    };
    try {
      if (states.length > 0) await options.save(call, storeName, states);
      if (isParallel) await Promise.all(to.map(send));
      else for (const target of to) await send(target);
    } catch (cause) {
      log.error({ binding: name, error: textOf(cause) }, 'error executing app response');
    }
  };

  const end = async (names: readonly string[], drainMs: number): Promise<void> => {
    const readings = names.flatMap((name) => open.get(name) ?? []);
    for (const name of names) open.delete(name);
    for (const outcome of await Promise.allSettled(readings.map(({ reading }) => reading.close(drainMs))))
      if (outcome.status === 'rejected') log.warn({ error: textOf(outcome.reason) }, 'a binding did not close well');
  };

  const refresh = async (drainMs = 0): Promise<void> => {
    const to = app;
    if (!to) return;
    await end(
      [...open].filter(([name, { port }]) => bindings.get(name)?.port !== port).map(([name]) => name),
      drainMs,
    );
    await Promise.all([...bindings.values()].map((loaded) => begin(to, loaded)));
  };

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    turn = turn.then(work, work);
    return turn;
  };

  return {
    start: (to) =>
      inTurn(async () => {
        await end([...open.keys()], 0);
        working = new AbortController();
        app = to;
        await refresh();
      }),
    refresh: (drainMs) => inTurn(() => refresh(drainMs)),
    stop: (drainMs) =>
      inTurn(async () => {
        app = undefined;
        await end([...open.keys()], drainMs);
        working.abort(new Error('the input bindings have stopped'));
      }),
  };
}

/** What an app answers that has nothing to say. */
export const noAnswer: BindingAnswer = {
  body: noBody,
  to: [],
  data: noBody,
  isParallel: false,
  storeName: '',
  states: [],
};

function pathOf(name: string, metadata: Readonly<Record<string, string>>): string {
  const path = metadata['route'] || name;
  return path.startsWith('/') ? path : `/${path}`;
}
