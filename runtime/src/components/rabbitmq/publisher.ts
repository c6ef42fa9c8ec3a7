import { sleep } from '#core/clock.ts';
import { textOf, withCause } from '#core/errors.ts';
import { isInterrupted, rabbitUnconfirmed, rejectionOf, replyCodeOf } from './errors.ts';
import { type PublisherOptions, type RabbitMessage, ReopeningChannel, publishTimeoutMs } from './publish-channel.ts';

export interface RabbitPublisher {
  /**
   * Resolves when the broker has confirmed the message, or with `isConfirmed: false` when it is sent. A message without a
   * confirmation is sent again after a reconnect: it may arrive twice. Rejects after ten seconds.
   */
  publish(message: RabbitMessage): Promise<void>;
}

/** How often the exchange of one message may be missing. */
const maxMissing = 4;
const pauseMs = 20;
/** The exchange does not exist any more; an auto-delete exchange is removed with its last queue. */
const notFound = 404;

export function rabbitPublisher(options: PublisherOptions): RabbitPublisher {
  return new RetryingPublisher(options);
}

/** Finds which message made the broker close the channel that all messages share. */
class RetryingPublisher implements RabbitPublisher {
  readonly #options: PublisherOptions;
  readonly #shared: ReopeningChannel;
  readonly #suspects: OneByOne;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#shared = new ReopeningChannel(options);
    this.#suspects = new OneByOne(options);
  }

  async publish(message: RabbitMessage): Promise<void> {
    const { link, context } = this.#options;
    const { clock } = context;
    const deadline = clock.monotonic() + publishTimeoutMs;
    let isSuspect = false;
    for (let missing = 0; ;) {
      try {
        await link.unblocked(deadline);
        return await (isSuspect ? this.#suspects : this.#shared).publish(message, deadline);
      } catch (cause) {
        if (!isInterrupted(cause)) throw rejectionOf(cause, link.address);
        const closedBy = cause instanceof Error ? cause.cause : undefined;
        const code = replyCodeOf(closedBy);
        if (code === notFound) missing++;
        // the broker may have closed the channel because of another message: this one is retried
        if (isSuspect && code !== undefined && (code !== notFound || missing > maxMissing))
          throw rejectionOf(closedBy, link.address);
        isSuspect ||= code !== undefined && (code !== notFound || missing > 1);
        if (clock.monotonic() >= deadline) throw withCause(rabbitUnconfirmed(link.address, textOf(cause)), cause);
      }
      await sleep(clock, pauseMs);
    }
  }
}

/** Publishes one message at a time on a separate channel: if the broker closes it, that message is the cause. */
class OneByOne {
  readonly #options: PublisherOptions;
  readonly #channel: ReopeningChannel;
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#channel = new ReopeningChannel(options);
  }

  publish(message: RabbitMessage, deadline: number): Promise<void> {
    const { clock } = this.#options.context;
    this.#count += 1;
    const publishing = this.#last.then(async () => {
      if (clock.monotonic() >= deadline)
        throw rabbitUnconfirmed(this.#options.link.address, 'other messages took too long');
      await this.#channel.publish(message, deadline);
    });
    this.#last = publishing
      .catch(() => {})
      .then(() => {
        this.#count -= 1;
        if (this.#count === 0) this.#channel.close();
      });
    return publishing;
  }
}
