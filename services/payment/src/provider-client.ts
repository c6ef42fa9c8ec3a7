import type { Money } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { idempotencyKey } from './payment-process.ts';

/** The payment provider as this service needs it. Every call may be repeated: the provider does each once. */
export interface ProviderClient {
  /** A card that is refused gives an authorization with status `declined`. */
  authorize(request: {
    readonly orderId: string;
    readonly token: string;
    readonly amount: Money;
  }): Promise<Authorization>;
  /**
   * Carries out one step on an authorization. When the provider's books do not allow it any more, what they say instead
   * is returned: a capture that lost against a void gives `voided`.
   */
  advance(
    step: 'capture' | 'void' | 'refund',
    authorization: { readonly id: string; readonly orderId: string },
  ): Promise<Authorization>;
  /** What the books say of one order, or of everything. */
  books(orderId?: string): Promise<readonly Authorization[]>;
}

/** No answer, or not the answer of a provider in working order. The event that asked is to be delivered again. */
export class ProviderAway extends Error {}

export interface ProviderOptions {
  readonly url: string;
  /** Longer than the slowest card. */
  readonly timeoutMs: number;
}

export function providerClient({ url, timeoutMs }: ProviderOptions): ProviderClient {
  const call = async (path: string, init: RequestInit = {}): Promise<{ status: number; body: unknown }> => {
    let answer: Response;
    let body: unknown;
    try {
      answer = await fetch(new URL(path, url), { ...init, signal: AbortSignal.timeout(timeoutMs) });
      body = await answer.json();
    } catch (cause) {
      throw new ProviderAway(`the payment provider did not answer ${path}`, { cause });
    }
    if (answer.status >= 500) throw new ProviderAway(`the payment provider answered ${path} with ${answer.status}`);
    return { status: answer.status, body };
  };
  const post = (path: string, key: string, json?: unknown): ReturnType<typeof call> =>
    call(path, {
      method: 'POST',
      headers: { 'idempotency-key': key, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
  const books = async (orderId?: string): Promise<readonly Authorization[]> => {
    const query = orderId === undefined ? '' : `?reference=${encodeURIComponent(orderId)}`;
    const { status, body } = await call(`/authorizations${query}`);
    if (status !== 200) throw new ProviderAway(`the payment provider refused to show its books: ${status}`);
    return body as readonly Authorization[];
  };
  return {
    books,
    async authorize({ orderId, token, amount }) {
      const { status, body } = await post('/authorizations', idempotencyKey(orderId, 'authorize'), {
        token,
        amount,
        reference: orderId,
      });
      if (status < 300) return body as Authorization;
      // Repeating what the provider cannot accept would never end; to the shopper it is a card that does not work.
      return {
        id: '',
        reference: orderId,
        status: 'declined',
        amount,
        captured: none,
        refunded: none,
        reason: detailOf(body),
      };
    },
    async advance(step, { id, orderId }) {
      const path = `/authorizations/${encodeURIComponent(id)}/${step}`;
      const { status, body } = await post(path, idempotencyKey(orderId, step));
      if (status < 300) return body as Authorization;
      const entry = (await books(orderId)).find((candidate) => candidate.id === id);
      if (status === 409 && entry) return entry;
      throw new ProviderAway(`the payment provider refused ${step} for order ${orderId} with ${status}`);
    },
  };
}

const none: Money = { amount: 0, currency: 'EUR' };

function detailOf(body: unknown): string {
  const { detail } = (typeof body === 'object' && body !== null ? body : {}) as { readonly detail?: unknown };
  return typeof detail === 'string' ? detail : 'The card could not be used.';
}
