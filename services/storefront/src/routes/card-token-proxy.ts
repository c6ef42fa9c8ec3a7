import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ProblemError, problemMediaType } from '@outrigger/sdk';
import type { Clock } from '@outrigger/sdk';
import { cardTokenView } from '@tidewater/contracts/view-schemas.ts';
import type { Log } from '@tidewater/kit/log.ts';
import { tooLarge, unavailable } from '@tidewater/kit/problems.ts';
import { problemResponse } from '@tidewater/kit/route-schemas.ts';
import type { FastifyInstance } from 'fastify';
import { publicRoute } from '../limits/request-limits.ts';
import { tokenHeaders } from '../schema/http.ts';
import type { Sessions } from '../session/session.ts';

export interface CardTokenProxy {
  readonly providerUrl: string;
  readonly publishableKey: string;
  readonly sessions: Sessions;
  readonly clock: Clock;
  readonly log: Log;
  /** For the whole request: the browser's body, the provider's response and its body. */
  readonly timeoutMs?: number;
}

const responses: Readonly<Record<number, object>> = {
  200: cardTokenView,
  422: problemResponse('`card-invalid`: the provider cannot use this card'),
};

const requestBytes = 16 << 10;
const responseBytes = 64 << 10;

/**
 * `POST /provider/tokens`: a card on its way to the payment provider. Its bytes pass through unread: no parser, no
 * sidecar and no log ever sees them.
 */
export function cardTokenProxy(app: FastifyInstance, options: CardTokenProxy): void {
  const { providerUrl, publishableKey, sessions, clock, log, timeoutMs = 10_000 } = options;
  const url = new URL('/tokens', providerUrl);

  void app.register((scope, _options, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('application/json', (_request, payload, parsed) => parsed(null, payload));

    const route = {
      config: publicRoute('tokens'),
      schema: { summary: 'A token for a card, from the payment provider', headers: tokenHeaders, response: responses },
    };
    scope.post('/provider/tokens', route, async (request, reply) => {
      const shopper = sessions.shopperOf(request, reply);
      const key = request.headers['idempotency-key'];
      const headers = {
        authorization: `Bearer ${publishableKey}`,
        'x-customer': shopper,
        'content-type': 'application/json',
        ...(typeof key === 'string' && { 'idempotency-key': keyOf(shopper, key) }),
      };
      void reply.header('cache-control', 'no-store');
      const controller = new AbortController();
      const cancel = clock.after(timeoutMs, () => controller.abort());
      const { signal } = controller;
      try {
        const body = await readCard(request.body, Number(request.headers['content-length'] ?? 0), signal);
        const response = await send(url, { method: 'POST', headers, body, signal, redirect: 'error' }, log);
        return await reply.code(response.status).type(response.type).send(response.body);
      } catch (error) {
        // The rest of the request body is not read.
        if (signal.aborted) void reply.header('connection', 'close');
        throw error;
      } finally {
        cancel();
      }
    });
    done();
  });
}

/** A key of one shopper must not return the card of another. */
const keyOf = (shopper: string, key: string): string =>
  createHash('sha256').update(`${shopper}:${key}`).digest('base64url');

async function readCard(body: unknown, announcedBytes: number, signal: AbortSignal): Promise<Buffer> {
  if (announcedBytes > requestBytes) throw tooLarge('That is more than a card has on it.');
  const source = body instanceof Readable ? body : Readable.from([]);
  // A browser that disconnects gets no response, whatever it is.
  const result = await readFully(source, requestBytes, signal).catch(() => 'aborted' as const);
  if (result === 'too-large') throw tooLarge('That is more than a card has on it.');
  if (result === 'aborted') throw tooSlow();
  return result;
}

interface ProviderResponse {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

/** Returns a token, or the provider's problem with the card. Any other response is a 503. */
async function send(
  url: URL,
  init: RequestInit & { readonly signal: AbortSignal },
  log: Log,
): Promise<ProviderResponse> {
  let response: Response;
  let body: Buffer | 'too-large' | 'aborted';
  try {
    response = await fetch(url, init);
    const source = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
    body = await readFully(source, responseBytes, init.signal);
  } catch (cause) {
    throw Object.assign(providerUnavailable(), { cause });
  }
  const { status, headers } = response;
  const type = (headers.get('content-type') ?? '').split(';')[0]?.trim() ?? '';
  const isToken = status >= 200 && status < 300 && type === 'application/json';
  const isProblem = status >= 400 && status < 500 && type === problemMediaType && status !== 401 && status !== 403;
  if ((isToken || isProblem) && typeof body !== 'string') return { status, type, body };
  log.warn({ event: 'provider-failed', status, type }, 'the payment provider did not give a token or a problem');
  throw providerUnavailable();
}

async function readFully(
  source: Readable,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Buffer | 'too-large' | 'aborted'> {
  const aborted = new Promise<'aborted'>((resolve) => {
    if (signal.aborted) resolve('aborted');
    signal.addEventListener('abort', () => resolve('aborted'), { once: true });
  });
  const read = async (): Promise<Buffer | 'too-large'> => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of source as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > maxBytes) return 'too-large';
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  };
  return Promise.race([read(), aborted]);
}

const providerUnavailable = (): ProblemError =>
  unavailable('The payment provider does not respond. Nothing was charged; try again in a moment.');

const tooSlow = (): ProblemError =>
  new ProblemError({
    type: 'timeout',
    status: 408,
    title: 'Took too long',
    detail: 'Your card details did not arrive in time. Nothing was charged; try again.',
  });
