import type { Clock } from '#core/clock.ts';

export interface EventStreamOptions<T> {
  readonly heartbeatMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  render(item: T): { readonly id: string; readonly data: string };
}

/** Items as server-sent events. A periodic comment keeps proxies from closing an idle connection. */
export async function* eventStream<T>(items: AsyncIterable<T>, options: EventStreamOptions<T>): AsyncIterable<string> {
  const { clock, heartbeatMs, signal } = options;
  const iterator = items[Symbol.asyncIterator]();
  let next = iterator.next();
  try {
    yield ': connected\n\n';
    while (!signal.aborted) {
      const first = await firstOf(next, clock, heartbeatMs);
      if (first === 'silence') {
        yield ': still here\n\n';
        continue;
      }
      if (first.done) return;
      const { id, data } = options.render(first.value);
      yield `id: ${id}\ndata: ${data}\n\n`;
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

async function firstOf<T>(next: Promise<T>, clock: Clock, heartbeatMs: number): Promise<T | 'silence'> {
  let cancel = (): void => {};
  const silence = new Promise<'silence'>((resolve) => {
    cancel = clock.after(heartbeatMs, () => resolve('silence'));
  });
  try {
    return await Promise.race([next, silence]);
  } finally {
    cancel();
  }
}
