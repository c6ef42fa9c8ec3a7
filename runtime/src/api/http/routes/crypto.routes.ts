import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { CryptoBlock } from '#blocks/crypto/crypto.ts';
import { cryptoRequestInvalid } from '#blocks/crypto/errors.ts';
import type { Clock } from '#core/clock.ts';
import { defineError } from '#core/errors.ts';
import { bodyTooLarge } from '../server/error-reply.ts';
import { writeReply } from './invoke-reply.ts';
import { readAhead } from './read-ahead.ts';
import { callOf } from '../server/request-call.ts';

export interface CryptoRoutesOptions {
  readonly maxBodyBytes: number;
  readonly clock: Clock;
}

const notImplemented = defineError(
  { code: 'ERR_API_UNIMPLEMENTED', http: 501, grpc: 'Unimplemented' },
  () => 'this API is currently not implemented',
);

const bodyIncomplete = defineError(
  { code: 'ERR_BODY_READ', http: 400, grpc: 'InvalidArgument' },
  () => 'the request ended before its body was complete',
);

/**
 * `crypto/{component}/encrypt` and `decrypt`: a stream in, a stream out. The subtle operations return 501, as in
 * ordinary builds upstream.
 */
export function cryptoRoutes(crypto: CryptoBlock, { maxBodyBytes, clock }: CryptoRoutesOptions) {
  /** An error before the first chunk is a status; a later one can only break the response. */
  const respondWithStream = async (
    request: FastifyRequest,
    reply: FastifyReply,
    work: (body: AsyncIterable<Uint8Array>) => Promise<AsyncIterable<Uint8Array>>,
  ): Promise<FastifyReply> => {
    let body: AsyncIterable<Uint8Array>;
    try {
      body = await readAhead(await work(bodyOf(request.raw, maxBodyBytes)), clock);
    } catch (cause) {
      // a caller that is still sending sees the error only when its data is read, and a stream that was just released
      // flows only from the next turn of the event loop on
      setImmediate(() => request.raw.resume());
      throw cause;
    }
    await writeReply(request, reply, { status: 200, headers: ['content-type', 'application/octet-stream'], body });
    return reply;
  };

  return async (app: FastifyInstance): Promise<void> => {
    await app.register((scope, _options, done) => {
      scope.removeAllContentTypeParsers();
      scope.addContentTypeParser('*', (_request, _payload, parsed) => parsed(null));

      scope.put<{ Params: { component: string } }>('/v1.0-alpha1/crypto/:component/encrypt', async (request, reply) => {
        const { component: componentName } = request.params;
        return await respondWithStream(request, reply, (body) => {
          crypto.requireComponent(componentName);
          const options = {
            componentName,
            keyName: required(request, 'dapr-key-name'),
            keyWrapAlgorithm: required(request, 'dapr-key-wrap-algorithm'),
            dataEncryptionCipher: header(request, 'dapr-data-encryption-cipher'),
            omitDecryptionKeyName: isTrue(header(request, 'dapr-omit-decryption-key-name')),
            decryptionKeyName: header(request, 'dapr-decryption-key-name'),
          };
          return crypto.encrypt(callOf(request), options, body);
        });
      });

      scope.put<{ Params: { component: string } }>('/v1.0-alpha1/crypto/:component/decrypt', async (request, reply) => {
        const options = { componentName: request.params.component, keyName: header(request, 'dapr-key-name') };
        return await respondWithStream(request, reply, (body) => crypto.decrypt(callOf(request), options, body));
      });

      for (const operation of ['getkey', 'encrypt', 'decrypt', 'wrapkey', 'unwrapkey', 'sign', 'verify'])
        scope.post(`/v1.0-alpha1/subtlecrypto/:component/${operation}`, () => {
          throw notImplemented();
        });
      done();
    });
  };
}

/** Streams the body, whether or not its length is known. */
async function* bodyOf(request: IncomingMessage, limit: number): AsyncGenerator<Uint8Array, void> {
  let received = 0;
  // leaving the loop early must not destroy the socket: the response is yet to be sent through it
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    received += (chunk as Buffer).length;
    if (received > limit) throw bodyTooLarge(limit);
    yield chunk as Buffer;
  }
  if (!request.complete) throw bodyIncomplete();
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return (typeof value === 'string' ? value : value?.[0]) ?? '';
}

function required(request: FastifyRequest, name: string): string {
  const value = header(request, name);
  if (value === '') throw cryptoRequestInvalid(`missing header '${name}'`);
  return value;
}

function isTrue(text: string): boolean {
  return ['y', 'yes', 'true', 't', 'on', '1'].includes(text.trim().toLowerCase());
}
