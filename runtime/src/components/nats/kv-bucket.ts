import { JetStreamApiError, jetstream, jetstreamManager } from '@nats-io/jetstream';
import type { StoredMsg } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { headers } from '@nats-io/nats-core';
import type { MsgHdrs } from '@nats-io/nats-core';
import { RuntimeError, textOf, withCause } from '#core/errors.ts';
import { stateStatementRejected, stateUnavailable } from '#blocks/state/errors.ts';
import type { NatsLink } from './connection.ts';

/** One entry of a bucket, including deleted ones. */
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
  /** Change only this revision; 0 means that the key must never have existed. */
  readonly ifRevision?: number;
}

/** A key-value bucket of NATS, with an expiry for each value. */
export interface KvBucket {
  /** With `isStrong` the stream's leader is read. */
  read(key: string, isStrong: boolean): Promise<KvRow | undefined>;
  /** False when the key has another revision; then nothing is changed. */
  change(key: string, change: KvChange): Promise<boolean>;
}

const operationHeader = 'KV-Operation';
const expectedHeader = 'Nats-Expected-Last-Subject-Sequence';
/** An extension: other clients of the bucket see the value until it is removed. */
const expiryHeader = 'Outrigger-Expires-At';
const wrongRevisionCodes: ReadonlySet<number> = new Set([10071, 10164]);

/** Opens the bucket, and creates it when it is missing. */
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

/** True when the bucket can be read from any of its replicas. */
async function ensureBucket(link: NatsLink, name: string): Promise<boolean> {
  try {
    // an existing bucket is not changed
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
    return withCause(stateStatementRejected(`NATS rejected the request: ${cause.message}`), cause);
  const text = textOf(cause);
  if (/payload|max_payload/i.test(text))
    return withCause(stateStatementRejected(`the value is too large for NATS: ${text}`), cause);
  return withCause(stateUnavailable(`NATS did not respond: ${text}; whether a write was stored is not known`), cause);
}
