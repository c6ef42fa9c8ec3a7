import type { Recorder } from '#core/activity.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import type { Loaded } from '#core/component.ts';
import { withTimeout } from '#core/with-timeout.ts';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { noBody } from '#core/message.ts';
import { parseTraceparent } from '#core/trace.ts';
import type { BindingResponse, BindingApp } from './binding-app.ts';
import { directionsOf, isInputBinding } from './binding.ts';
import type { Binding, BindingEvent, BindingReading, InputBinding } from './binding.ts';
import type { BindingsBlock } from './bindings.ts';
import { bindingEventRejected } from './errors.ts';

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
  let lifetime = new AbortController();
  /** Starts and stops follow each other, however they were called. */
  let lastOperation: Promise<void> = Promise.resolve();

  const listens = async (to: BindingApp, { name, metadata }: Loaded<Binding>): Promise<boolean> => {
    const { isInput, isInputCertain } = directionsOf(metadata);
    if (!isInput || isInputCertain) return isInput;
    const { probeLimitMs } = options;
    const probe = (signal: AbortSignal): Promise<boolean> =>
      to.listensTo(newCall(AbortSignal.any([lifetime.signal, signal])), name, pathOf(name, metadata));
    const timeoutError = (): Error =>
      bindingEventRejected(name, `it did not say within ${probeLimitMs} ms whether it listens`);
    const isSubscribed = await withTimeout(clock, probeLimitMs, probe, timeoutError);
    if (!isSubscribed) log.info({ binding: name }, `app has not subscribed to binding ${name}.`);
    return isSubscribed;
  };

  const begin = async (to: BindingApp, loaded: Loaded<Binding>): Promise<void> => {
    const { name, metadata, port } = loaded;
    if (!isInputBinding(port) || open.has(name)) return;
    try {
      if (!(await listens(to, loaded))) return;
      const endpoint = { name, path: pathOf(name, metadata) };
      const reading = await port.read((event) => deliver(to, endpoint, event));
      open.set(name, { port, reading });
    } catch (cause) {
      log.error({ binding: name, error: textOf(cause) }, `error reading from input binding ${name}`);
    }
  };

  const deliver = async (
    to: BindingApp,
    endpoint: { readonly name: string; readonly path: string },
    event: BindingEvent,
  ): Promise<Uint8Array> => {
    const baseCall = newCall(lifetime.signal);
    const trace = parseTraceparent(event.metadata['traceparent'], event.metadata['tracestate']);
    const start = {
      kind: 'binding.read',
      name: endpoint.name,
      attributes: { path: endpoint.path },
      input: event.data,
    } as const;
    return await recorder.record(trace ? { ...baseCall, trace } : baseCall, start, async (call, scope) => {
      const response = await to.deliver(call, endpoint, event);
      if (response.body.length > 0) scope.output(response.body);
      await processResponse(call, endpoint.name, response);
      return response.body;
    });
  };

  /** The event is taken whatever becomes of the answer: sending it again would not mend a missing store. */
  const processResponse = async (call: Call, name: string, response: BindingResponse): Promise<void> => {
    const { to, data, states, storeName, isParallel } = response;
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

  const closeReadings = async (names: readonly string[], drainMs: number): Promise<void> => {
    const readings = names.flatMap((name) => open.get(name) ?? []);
    for (const name of names) open.delete(name);
    for (const outcome of await Promise.allSettled(readings.map(({ reading }) => reading.close(drainMs))))
      if (outcome.status === 'rejected') log.warn({ error: textOf(outcome.reason) }, 'a binding did not close well');
  };

  const refresh = async (drainMs = 0): Promise<void> => {
    const to = app;
    if (!to) return;
    await closeReadings(
      [...open].filter(([name, { port }]) => bindings.get(name)?.port !== port).map(([name]) => name),
      drainMs,
    );
    await Promise.all([...bindings.values()].map((loaded) => begin(to, loaded)));
  };

  const serialized = (work: () => Promise<void>): Promise<void> => {
    lastOperation = lastOperation.then(work, work);
    return lastOperation;
  };

  return {
    start: (to) =>
      serialized(async () => {
        await closeReadings([...open.keys()], 0);
        lifetime = new AbortController();
        app = to;
        await refresh();
      }),
    refresh: (drainMs) => serialized(() => refresh(drainMs)),
    stop: (drainMs) =>
      serialized(async () => {
        app = undefined;
        await closeReadings([...open.keys()], drainMs);
        lifetime.abort(new Error('the input bindings have stopped'));
      }),
  };
}

/** What an app answers that has nothing to say. */
export const emptyBindingResponse: BindingResponse = {
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
