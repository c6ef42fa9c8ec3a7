import type { ActivityStart, Recorder } from '#core/activity.ts';
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

/** Saves the state that the app returned for an event. */
export type SaveStates = (
  call: Call,
  storeName: string,
  states: readonly { readonly key: string; readonly value: Uint8Array }[],
) => Promise<void>;

export interface InputBindingsOptions {
  /** Read again at each `start` and `refresh`: components may be added and removed. */
  readonly bindings: ReadonlyMap<string, Loaded<Binding>>;
  readonly output: BindingsBlock;
  readonly save: SaveStates;
  /** How long the app may take to report whether it subscribes. */
  readonly probeLimitMs: number;
  readonly newCall: (signal: AbortSignal) => Call;
  readonly recorder: Recorder;
  readonly clock: Clock;
  readonly log: Log;
}

/** Delivers events of external systems to the app, while the app is up. */
export interface InputBindings {
  /** Probes the app for the bindings it subscribes to and begins to read those. A second call starts again. */
  start(app: BindingApp): Promise<void>;
  /**
   * Opens new components and closes removed ones, whose running events have at most `drainMs`. Does nothing before
   * `start`.
   */
  refresh(drainMs?: number): Promise<void>;
  /** Accepts no new events and waits for running ones, at most `drainMs`. */
  stop(drainMs: number): Promise<void>;
}

interface Open {
  readonly port: InputBinding;
  readonly reading: BindingReading;
}

export function inputBindings(options: InputBindingsOptions): InputBindings {
  const { bindings, clock, log, newCall } = options;
  const open = new Map<string, Open>();
  let app: BindingApp | undefined;
  let lifetime = new AbortController();
  /** Starts and stops run one after the other, in the order of the calls. */
  let lastOperation: Promise<void> = Promise.resolve();

  const listens = async (to: BindingApp, { name, metadata }: Loaded<Binding>): Promise<boolean> => {
    const { isInput, isInputCertain } = directionsOf(metadata);
    if (!isInput || isInputCertain) return isInput;
    const { probeLimitMs } = options;
    const probe = (signal: AbortSignal): Promise<boolean> =>
      to.listensTo(newCall(AbortSignal.any([lifetime.signal, signal])), name, pathOf(name, metadata));
    const timeoutError = (): Error =>
      bindingEventRejected(name, `it did not respond to the probe within ${probeLimitMs} ms`);
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
      const reading = await port.read((event) =>
        deliver(event, { app: to, endpoint, signal: lifetime.signal, options }),
      );
      open.set(name, { port, reading });
    } catch (cause) {
      log.error({ binding: name, error: textOf(cause) }, `error reading from input binding ${name}`);
    }
  };

  const closeReadings = async (names: readonly string[], drainMs: number): Promise<void> => {
    const readings = names.flatMap((name) => open.get(name) ?? []);
    for (const name of names) open.delete(name);
    for (const outcome of await Promise.allSettled(readings.map(({ reading }) => reading.close(drainMs))))
      if (outcome.status === 'rejected') log.warn({ error: textOf(outcome.reason) }, 'closing a binding failed');
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

async function deliver(event: BindingEvent, { app, endpoint, signal, options }: DeliveryContext): Promise<Uint8Array> {
  const baseCall = options.newCall(signal);
  const trace = parseTraceparent(event.metadata['traceparent'], event.metadata['tracestate']);
  const start: ActivityStart<'binding.read'> = {
    kind: 'binding.read',
    name: endpoint.name,
    attributes: { path: endpoint.path },
    input: event.data,
  };
  return await options.recorder.record(trace ? { ...baseCall, trace } : baseCall, start, async (call, scope) => {
    const response = await app.deliver(call, endpoint, event);
    if (response.body.length > 0) scope.output(response.body);
    await processResponse(call, endpoint.name, response, options);
    return response.body;
  });
}

interface DeliveryContext {
  readonly app: BindingApp;
  readonly endpoint: { readonly name: string; readonly path: string };
  readonly signal: AbortSignal;
  readonly options: InputBindingsOptions;
}

/** The event is accepted whatever its response causes: delivering it again would not repair a missing store. */
async function processResponse(
  call: Call,
  name: string,
  response: BindingResponse,
  options: InputBindingsOptions,
): Promise<void> {
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
    options.log.error({ binding: name, error: textOf(cause) }, 'error executing app response');
  }
}

/** The response of an app that returns nothing. */
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
