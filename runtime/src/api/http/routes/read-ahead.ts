import type { Cancel, Clock } from '#core/clock.ts';
import { defineError } from '#core/errors.ts';

/** The buffer for a client that sends everything before it reads. */
const maxBufferedBytes = 16 << 20;
const stallLimitMs = 60_000;

const readerStalled = defineError(
  { code: 'ERR_BODY_READ', http: 408, grpc: 'DeadlineExceeded' },
  () => `the caller read nothing for ${stallLimitMs / 1000} s while more than ${maxBufferedBytes} bytes waited for it`,
);

/**
 * Keeps reading `source` while the reader is not ready, since the reader may be the one who feeds the source: otherwise
 * both would wait for each other. Rejects when the first chunk fails.
 */
export async function readAhead(source: AsyncIterable<Uint8Array>, clock: Clock): Promise<AsyncIterable<Uint8Array>> {
  const iterator = source[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return emptyStream();
  const buffered: Uint8Array[] = [first.value];
  let bufferedBytes = first.value.length;
  let outcome: { readonly error?: Error } | undefined;
  let isAbandoned = false;
  let wakeReader = (): void => {};
  let wakeSource = (): void => {};

  const waitForRoom = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel: Cancel = clock.after(stallLimitMs, () => reject(readerStalled()));
      wakeSource = () => {
        cancel();
        resolve();
      };
    });

  const pump = async (): Promise<void> => {
    try {
      while (!isAbandoned) {
        const next = await iterator.next();
        if (next.done === true) break;
        buffered.push(next.value);
        bufferedBytes += next.value.length;
        wakeReader();
        while (bufferedBytes > maxBufferedBytes && !isAbandoned) await waitForRoom();
      }
      outcome = {};
    } catch (error) {
      outcome = { error: error as Error };
    }
    if (isAbandoned) await iterator.return?.();
    wakeReader();
  };
  const pumping = pump();

  return (async function* () {
    try {
      for (;;) {
        const chunk = buffered.shift();
        if (chunk) {
          bufferedBytes -= chunk.length;
          wakeSource();
          yield chunk;
        } else if (outcome) {
          if (outcome.error) throw outcome.error;
          return;
        } else await new Promise<void>((resolve) => (wakeReader = resolve));
      }
    } finally {
      isAbandoned = true;
      wakeSource();
      await pumping;
    }
  })();
}

async function* emptyStream(): AsyncGenerator<Uint8Array, void> {}
