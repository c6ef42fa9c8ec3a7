import { DiscardPolicy, JetStreamApiError, RetentionPolicy, StorageType } from '@nats-io/jetstream';
import type { JetStreamManager } from '@nats-io/jetstream';
import { nanos } from '@nats-io/nats-core';
import { textOf } from '#core/errors.ts';
import type { Log } from '#core/log.ts';
import { resourceName } from './names.ts';
import type { JetStreamSettings } from './settings.ts';

/** Finds the stream of a subject, and creates one when there is none. */
export interface Streams {
  /** The stream's name. Rejects with the reason when it can neither be found nor created. */
  streamFor(subject: string): Promise<string>;
  /** The stream may have been deleted: look it up again next time. */
  forget(subject: string): void;
}

const nameInUse = 10058;
const subjectsOverlap = 10065;

export function streamsOf(manager: JetStreamManager, settings: JetStreamSettings, log: Log): Streams {
  const streamNames = new Map<string, Promise<string>>();

  const resolveStream = async (subject: string): Promise<string> => {
    if (settings.streamName) {
      await ensureNamed(settings.streamName, subject);
      return settings.streamName;
    }
    return (await find(subject)) ?? (await make(resourceName('outrigger', subject), subject));
  };

  const find = async (subject: string): Promise<string | undefined> => {
    const names: string[] = [];
    for await (const name of manager.streams.names(subject)) names.push(name);
    if (names.length > 1)
      throw new Error(`topic ${subject} matches the streams ${names.join(', ')}: name one in streamName`);
    return names[0];
  };

  const ensureNamed = async (name: string, subject: string): Promise<void> => {
    try {
      await manager.streams.info(name);
    } catch (cause) {
      if (!(cause instanceof JetStreamApiError) || cause.status !== 404) throw cause;
      await make(name, subject);
    }
  };

  const make = async (name: string, subject: string): Promise<string> => {
    try {
      await manager.streams.add({
        name,
        subjects: [subject],
        // With limits, delivered messages stay stored, so that several apps can consume the same event.
        retention: RetentionPolicy.Limits,
        max_age: nanos(settings.streamMaxAgeMs),
        storage: StorageType.File,
        discard: DiscardPolicy.Old,
        num_replicas: settings.replicas,
      });
      log.info({ stream: name, subject }, 'stream created');
      return name;
    } catch (cause) {
      // Another client created it at the same time, perhaps with other settings.
      const isTaken =
        cause instanceof JetStreamApiError && (cause.code === nameInUse || cause.code === subjectsOverlap);
      const streamName = isTaken ? await find(subject) : undefined;
      if (streamName !== undefined) return streamName;
      throw cause;
    }
  };

  return {
    streamFor(subject) {
      const cachedName = streamNames.get(subject);
      if (cachedName) return cachedName;
      const name = resolveStream(subject).catch((cause: unknown) => {
        streamNames.delete(subject);
        throw new Error(`no stream for topic ${subject}: ${explain(cause)}`, { cause });
      });
      streamNames.set(subject, name);
      return name;
    },
    forget: (subject) => void streamNames.delete(subject),
  };
}

/** The server's error, with advice for the most common mistake. */
function explain(cause: unknown): string {
  const text = textOf(cause);
  return /not enabled|no responders/i.test(text)
    ? `${text} (does the NATS server run with JetStream, option -js?)`
    : text;
}
