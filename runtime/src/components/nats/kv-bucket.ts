import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { StoredMsg } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import type { NatsLink } from './connection.ts';

/** One entry of a bucket, deleted ones included. */
export interface KvRow {
  readonly revision: number;
  readonly data: Uint8Array;
  readonly isDeleted: boolean;
  /** Milliseconds since the epoch. */
  readonly expiresAt?: number;
}

export interface KvChange {
  readonly kind: 'put' | 'delete';
  readonly data?: Uint8Array;
  readonly expiresAt?: number;
  /** Change only what has this revision; 0 means that the key never was. */
  readonly ifRevision?: number;
}

/** A key-value bucket as NATS keeps it, with a time of expiry beside the value. */
export interface KvBucket {
  /** `isStrong` asks the stream's leader. */
  read(key: string, isStrong: boolean): Promise<KvRow | undefined>;
  /** False when the key has another revision; nothing was changed then. */
  change(key: string, change: KvChange): Promise<boolean>;
}

const operationHeader = 'KV-Operation';
const expectedHeader = 'Nats-Expected-Last-Subject-Sequence';
/** Our own: others that use the bucket see the value until it is removed. */
const expiryHeader = 'Outrigger-Expires-At';
const wrongRevisionCodes: ReadonlySet<number> = new Set([10071, 10164]);

/** Opens the bucket, which is made when there is none. */
export async function openBucket(link: NatsLink, name: string, timeoutMs: number): Promise<KvBucket> {
  const isDirect = await ensureBucket(link, name);
  const options = { timeout: timeoutMs, checkAPI: false };
  const client = jetstream(link.nats, options);
  const manager = await jetstreamManager(link.nats, options);
  const stream = `KV_${name}`;
  const subjectOf = (key: string): string => `$KV.${name}.${key}`;

  return {
    async read(key, isStrong) {
      const query = { last_by_subj: subjectOf(key) };
      try {
        const stored =
          isDirect && !isStrong
            ? await manager.direct.getMessage(stream, query)
            : await manager.streams.getMessage(stream, query);
        return stored ? rowOf(stored) : undefined;
      } catch (cause) {
        throw stateErrorOf(cause);
      }
    },
    async change(key, { kind, data, expiresAt, ifRevision }) {
      let fields: MsgHdrs | undefined;
      const put = (field: string, value: string | number): void => (fields ??= headers()).set(field, String(value));
      if (kind === 'delete') put(operationHeader, 'DEL');
      if (expiresAt !== undefined) put(expiryHeader, expiresAt);
      if (ifRevision !== undefined) put(expectedHeader, ifRevision);
      try {
        await client.publish(subjectOf(key), data, { timeout: timeoutMs, ...(fields && { headers: fields }) });
        return true;
      } catch (cause) {
        if (cause instanceof JetStreamApiError && wrongRevisionCodes.has(cause.code)) return false;
        throw stateErrorOf(cause);
      }
    },
  };
}

/** True when the bucket may be read from any of its replicas. */
async function ensureBucket(link: NatsLink, name: string): Promise<boolean> {
  try {
    // a bucket that is there stays as it is
    const bucket = await new Kvm(link.nats).create(name, { history: 1, allow_direct: true });
    return (await bucket.status()).streamInfo.config.allow_direct ?? false;
  } catch (cause) {
    throw withCause(stateUnavailable(`the bucket ${name} cannot be used: ${textOf(cause)}`), cause);
  }
}

function rowOf({ seq, data, header }: StoredMsg): KvRow {
  const operation = header.get(operationHeader);
  const expiry = Number(header.get(expiryHeader));
  const row = { revision: seq, data, isDeleted: operation === 'DEL' || operation === 'PURGE' };
  return expiry > 0 ? { ...row, expiresAt: expiry } : row;
}

function stateErrorOf(cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError) return cause;
  if (cause instanceof JetStreamApiError)
    return withCause(stateStatementRejected(`NATS refused: ${cause.message}`), cause);
  const text = textOf(cause);
  if (/payload|max_payload/i.test(text))
    return withCause(stateStatementRejected(`the value is too large for NATS: ${text}`), cause);
  return withCause(stateUnavailable(`NATS did not answer: ${text}; whether a write was stored is not known`), cause);
}
