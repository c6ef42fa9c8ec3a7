import type { DescMessage, DescMethodBiDiStreaming, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { backoffDelay } from '#core/backoff.ts';
import { waitUpTo } from '#core/wait-up-to.ts';
import { sleep } from '#core/clock.ts';
import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { ComponentLink, LinkStream } from './component-link.ts';

export interface PullOptions<Input extends DescMessage, Output extends DescMessage> {
  readonly link: ComponentLink;
  readonly method: DescMethodBiDiStreaming<Input, Output>;
  readonly context: Pick<ComponentContext, 'name' | 'clock' | 'log'>;
  /** The first message of each stream. */
  readonly first?: MessageInitShape<Input>;
  /** Returns the response to a message. Must not reject. */
  readonly handle: (message: MessageShape<Output>) => Promise<MessageInitShape<Input>>;
  /** The response to a message that arrives while the stream is closing; without it there is none. */
  readonly reject?: (message: MessageShape<Output>) => MessageInitShape<Input>;
}

export interface PulledStream {
  /** Takes no new messages and waits for running handlers, at most `drainMs`; the rest stays with the component. */
  close(drainMs: number): Promise<void>;
}

/** Further messages wait in the component. */
const maxInFlight = 1000;
const reopenBackoff = { firstMs: 100, maxMs: 5000 };
const closeGraceMs = 100;

/** Handles the messages of a component, with one response each. A stream that ends is opened again, with backoff. */
export async function pull<Input extends DescMessage, Output extends DescMessage>(
  options: PullOptions<Input, Output>,
): Promise<PulledStream> {
  const { link, method, context, first, handle, reject } = options;
  const { clock, log, name } = context;
  const closing = new AbortController();
  const running = new Set<Promise<void>>();

  const open = async (): Promise<{ readonly ended: Promise<string>; readonly stream: LinkStream<Input, Output> }> => {
    const stream = await link.openStream(method);
    stream.on('data', (message: MessageShape<Output>) => {
      if (closing.signal.aborted) return reject && void stream.write(reject(message));
      const work = handle(message).then((response) => {
        running.delete(work);
        if (stream.writable) stream.write(response);
        if (running.size < maxInFlight && stream.isPaused()) stream.resume();
      });
      running.add(work);
      if (running.size >= maxInFlight) stream.pause();
    });
    const ended = new Promise<string>((resolve) => {
      stream.on('error', (cause) => resolve(textOf(cause)));
      stream.on('end', () => resolve('the component ended the stream'));
    });
    if (first) stream.write(first);
    return { stream, ended };
  };

  let current = await open();

  const reopen = async (): Promise<void> => {
    let openedAt = clock.monotonic();
    for (let failures = 1; ; failures++) {
      const reason = await current.ended;
      if (closing.signal.aborted) return;
      if (clock.monotonic() - openedAt > reopenBackoff.maxMs) failures = 1;
      const delayMs = backoffDelay(failures, reopenBackoff);
      log.warn({ component: name, reason, delayMs }, 'message stream ended, will reopen it');
      await sleep(clock, delayMs, closing.signal);
      openedAt = clock.monotonic();
      current = await open().catch((cause: unknown) => ({ ...current, ended: Promise.resolve(textOf(cause)) }));
    }
  };
  const reopening = reopen().catch(() => {});

  return {
    async close(drainMs) {
      closing.abort();
      if (running.size > 0) {
        await waitUpTo(clock, drainMs, Promise.all(running));
        // a response often triggers the next message; the stream must not end in the middle of it
        await sleep(clock, closeGraceMs);
      }
      const { stream, ended } = current;
      stream.end();
      await waitUpTo(clock, closeGraceMs, ended);
      stream.cancel();
      await reopening;
    },
  };
}
