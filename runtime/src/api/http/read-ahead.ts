import type { Cancel, Clock } from '#core/clock.ts';
import { defineError } from '#core/errors.ts';

/** A client that sends all before it reads must find room for what it will read. */
const roomBytes = 16 << 20;
const stallLimitMs = 60_000;

const stalled = defineError(
  { code: 'ERR_BODY_READ', http: 408, grpc: 'DeadlineExceeded' },
  () => `the caller read nothing for ${stallLimitMs / 1000} s while more than ${roomBytes} bytes waited for it`,
);

/**
 * Goes on reading `source` while the reader is not ready for more, since the reader may be the one who feeds the source: of
 * an exchange in which each waits for the other nothing would come. Rejects when the first piece cannot be had.
 */
export async function readAhead(source: AsyncIterable<Uint8Array>, clock: Clock): Promise<AsyncIterable<Uint8Array>> {
  const pieces = source[Symbol.asyncIterator]();
  const first = await pieces.next();
  if (first.done === true) return ended();
  const held: Uint8Array[] = [first.value];
  let heldBytes = first.value.length;
  let outcome: { readonly error?: Error } | undefined;
  let isLeft = false;
  let wakeReader = (): void => {};
  let wakeSource = (): void => {};

  const room = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const cancel: Cancel = clock.after(stallLimitMs, () => reject(stalled()));
      wakeSource = () => {
        cancel();
        resolve();
      };
    });

  const pump = async (): Promise<void> => {
    try {
      while (!isLeft) {
        const next = await pieces.next();
        if (next.done === true) break;
        held.push(next.value);
        heldBytes += next.value.length;
        wakeReader();
        while (heldBytes > roomBytes && !isLeft) await room();
      }
      outcome = {};
    } catch (error) {
      outcome = { error: error as Error };
    }
    if (isLeft) await pieces.return?.();
    wakeReader();
  };
  const pumping = pump();

  return (async function* () {
    try {
      for (;;) {
        const piece = held.shift();
        if (piece) {
          heldBytes -= piece.length;
          wakeSource();
          yield piece;
        } else if (outcome) {
          if (outcome.error) throw outcome.error;
          return;
        } else await new Promise<void>((resolve) => (wakeReader = resolve));
      }
    } finally {
      isLeft = true;
      wakeSource();
      await pumping;
    }
  })();
}

async function* ended(): AsyncGenerator<Uint8Array, void> {}
