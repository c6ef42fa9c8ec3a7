import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import { cryptoRequestInvalid } from '#blocks/crypto/errors.ts';
import type { Clock } from '#core/clock.ts';
import { withTimeout } from '#core/with-timeout.ts';
import type { DaprRpcs } from './server.ts';

interface Payload {
  readonly data: Uint8Array;
  readonly seq: bigint;
}

interface Part<Options> {
  readonly options?: Options;
  readonly payload?: Payload;
}

/** Both directions are streams: the options are in the first message, chunks are numbered from 0. */
export function cryptoRpcs(crypto: CryptoBlock, clock: Clock) {
  return {
    encryptAlpha1: (call, messages) =>
      numbered(clock, messages, (options, plain) => crypto.encrypt(call, options, plain)),
    decryptAlpha1: (call, messages) =>
      numbered(clock, messages, (options, secret) => crypto.decrypt(call, options, secret)),
  } satisfies DaprRpcs;
}

/** A stream without options must not stay open. */
const optionsLimitMs = 5000;

function optionsTimedOut(): Error {
  return cryptoRequestInvalid('error waiting for first message: context deadline exceeded');
}

async function* numbered<Options>(
  clock: Clock,
  messages: AsyncIterable<Part<Options>>,
  work: (options: Options, input: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<{ payload: { data: Uint8Array; seq: bigint } }, void> {
  const parts = messages[Symbol.asyncIterator]();
  const first = await withTimeout(clock, optionsLimitMs, () => parts.next(), optionsTimedOut);
  const options = first.done === true ? undefined : first.value.options;
  if (first.done === true || options === undefined)
    throw cryptoRequestInvalid('first message does not contain the required options');
  let seq = 0n;
  for await (const data of await work(options, chunksOf(first.value, parts))) yield { payload: { data, seq: seq++ } };
}

async function* chunksOf<Options>(
  first: Part<Options>,
  parts: AsyncIterator<Part<Options>>,
): AsyncGenerator<Uint8Array, void> {
  let expectedSeq = 0n;
  let part: Part<Options> | undefined = first;
  while (part) {
    if (part !== first && part.options !== undefined)
      throw cryptoRequestInvalid('options found in non-leading message');
    if (part.payload) {
      if (part.payload.seq !== expectedSeq)
        throw cryptoRequestInvalid(`invalid sequence number received: ${part.payload.seq} (expected: ${expectedSeq})`);
      expectedSeq += 1n;
      if (part.payload.data.length > 0) yield part.payload.data;
    }
    const next = await parts.next();
    part = next.done === true ? undefined : next.value;
  }
}
