import { Readable } from 'node:stream';
import { ProblemError } from '@outrigger/sdk';
import { unavailable } from '@tidewater/kit/problems.ts';
import type { FastifyInstance } from 'fastify';
import type { Sessions } from './session.ts';

export interface ProviderDoor {
  readonly providerUrl: string;
  readonly sessions: Sessions;
}

const limitBytes = 16 << 10;
const answerMs = 10_000;

/**
 * `POST /provider/tokens`: a card on its way to the payment provider. Its bytes pass through unread: no parser, no
 * sidecar and no log ever sees them.
 */
export function providerDoor(app: FastifyInstance, { providerUrl, sessions }: ProviderDoor): void {
  void app.register((door, _options, done) => {
    door.removeAllContentTypeParsers();
    door.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));

    door.post('/provider/tokens', async (request, reply) => {
      if (Number(request.headers['content-length'] ?? 0) > limitBytes) throw tooLarge();
      const shopper = sessions.shopperOf(request, reply);
      const key = request.headers['idempotency-key'];
      const answer = await passOn(
        new URL('/tokens', providerUrl),
        {
          // A key of one shopper must not give the card of another.
          ...(typeof key === 'string' && key !== '' && { 'idempotency-key': `${shopper}:${key}` }),
          'content-type': request.headers['content-type'] ?? 'application/json',
        },
        request.body instanceof Readable ? request.body : Readable.from([]),
      );
      return reply
        .code(answer.status)
        .header('content-type', answer.headers.get('content-type') ?? 'application/json')
        .header('cache-control', 'no-store')
        .send(answer.body === null ? '' : Readable.fromWeb(answer.body));
    });
    done();
  });
}

async function passOn(url: URL, headers: Record<string, string>, body: Readable): Promise<Response> {
  const signal = AbortSignal.timeout(answerMs);
  let isTooLarge = false;
  const limited = async function* (): AsyncIterable<Uint8Array> {
    let length = 0;
    for await (const part of body as AsyncIterable<Uint8Array>) {
      length += part.length;
      isTooLarge = length > limitBytes;
      if (isTooLarge) throw tooLarge();
      yield part;
    }
  };
  try {
    return await fetch(url, { method: 'POST', headers, body: limited(), duplex: 'half', signal });
  } catch (cause) {
    if (isTooLarge) throw tooLarge();
    throw Object.assign(
      unavailable('The payment provider does not answer. Nothing was charged; try again in a moment.'),
      {
        cause,
      },
    );
  }
}

const tooLarge = (): ProblemError =>
  new ProblemError({
    type: 'too-large',
    status: 413,
    title: 'Too large',
    detail: 'That is more than a card has on it.',
  });
