/** Maximum number of items that wait for a slow reader; then the oldest are dropped. */
const maxWaiting = 4096;

/** Merges several streams, in order of arrival, until all have ended or `signal` aborts. */
export async function* mergedStreams<T>(streams: readonly AsyncIterable<T>[], signal: AbortSignal): AsyncIterable<T> {
  const waiting: T[] = [];
  let open = streams.length;
  let failure: { readonly error: unknown } | undefined;
  let wake = (): void => {};
  const pump = async (stream: AsyncIterable<T>): Promise<void> => {
    try {
      for await (const item of stream) {
        if (signal.aborted) break;
        if (waiting.length >= maxWaiting) waiting.shift();
        waiting.push(item);
        wake();
      }
    } catch (error) {
      failure ??= { error };
    }
    open--;
    wake();
  };
  const onAbort = (): void => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  const pumps = streams.map(pump);
  try {
    for (;;) {
      const item = waiting.shift();
      if (signal.aborted) return;
      if (item !== undefined) yield item;
      else if (failure) throw failure.error;
      else if (open === 0) return;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    if (signal.aborted) await Promise.all(pumps);
  }
}
