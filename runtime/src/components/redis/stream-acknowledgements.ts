import { textOf } from '#core/errors.ts';
import type { Log, LogFields } from '#core/log.ts';
import type { ConsumerGroup } from './consumer-group.ts';

/** The acknowledgements of one turn of the event loop are sent as one command. */
export class StreamAcknowledgements {
  readonly #group: ConsumerGroup;
  readonly #log: Log;
  readonly #logFields: LogFields;
  #ids: string[] = [];

  constructor(group: ConsumerGroup, log: Log, logFields: LogFields) {
    this.#group = group;
    this.#log = log;
    this.#logFields = logFields;
  }

  add(id: string): void {
    if (this.#ids.push(id) === 1) setImmediate(() => void this.flush());
  }

  async flush(): Promise<void> {
    const ids = this.#ids;
    this.#ids = [];
    await this.#group
      .acknowledge(ids)
      .catch((cause: unknown) =>
        this.#log.warn(
          { ...this.#logFields, error: textOf(cause) },
          'messages could not be acknowledged, they may be redelivered',
        ),
      );
  }
}
