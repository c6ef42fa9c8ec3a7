import type { ComponentContext } from '#core/component.ts';
import { textOf } from '#core/errors.ts';
import type { LogFields } from '#core/log.ts';
import { ScheduledTasks } from '#core/scheduled-tasks.ts';
import type { Claimed, ConsumerGroup } from './consumer-group.ts';

export interface ClaimOptions {
  readonly context: Pick<ComponentContext, 'clock' | 'log'>;
  readonly logFields: LogFields;
  readonly group: ConsumerGroup;
  /** Idle for longer, a message of another member may be claimed. */
  readonly processingTimeoutMs: number;
  readonly redeliverIntervalMs: number;
  /** How many messages can be claimed now. */
  readonly capacity: () => number;
  /** The messages of this member that are not settled. */
  readonly unsettled: () => readonly string[];
  readonly claimed: (message: Claimed) => void;
}

/** Claims messages that other members of the group have left idle, and prevents that others claim those of this member. */
export class MessageClaims {
  readonly #options: ClaimOptions;
  readonly #tasks: ScheduledTasks;
  #isStopped = false;

  constructor(options: ClaimOptions) {
    this.#options = options;
    this.#tasks = new ScheduledTasks(options.context.clock);
  }

  start(): void {
    const { group, processingTimeoutMs, redeliverIntervalMs, unsettled } = this.#options;
    const claimFailed = this.#warning('idle messages could not be claimed, will retry');
    const renewFailed = this.#warning('the idle time of running messages could not be reset, others may claim them');
    void this.#claim().catch(claimFailed);
    this.#every(redeliverIntervalMs, () => this.#claim().catch(claimFailed));
    this.#every(processingTimeoutMs / 3, () => group.renew(unsettled()).catch(renewFailed));
  }

  stop(): void {
    this.#isStopped = true;
    this.#tasks.cancelAll();
  }

  /** Unsettled messages can be claimed by others at once. */
  async release(): Promise<void> {
    const { group, processingTimeoutMs, unsettled } = this.#options;
    await group
      .release(unsettled(), processingTimeoutMs)
      .catch(this.#warning('messages could not be released, they are redelivered later'));
  }

  async #claim(): Promise<void> {
    const { group, processingTimeoutMs, capacity, claimed } = this.#options;
    const count = capacity();
    if (count > 0) for (const message of await group.takeOver(processingTimeoutMs, count)) claimed(message);
  }

  #every(intervalMs: number, work: () => Promise<void>): void {
    this.#tasks.after(intervalMs, () => {
      void work().then(() => {
        if (!this.#isStopped) this.#every(intervalMs, work);
      });
    });
  }

  #warning(text: string): (cause: unknown) => void {
    const { context, logFields } = this.#options;
    return (cause) => context.log.warn({ ...logFields, error: textOf(cause) }, text);
  }
}
