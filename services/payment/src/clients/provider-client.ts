import { DropEventError } from '@outrigger/sdk';
import type { Money } from '@tidewater/contracts/money.ts';
import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import { CircuitOpenError } from '@tidewater/kit/circuit-breaker.ts';
import type { CircuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import { idempotencyKey } from '../domain/payment-state-machine.ts';
import { authorizationIn, expectRequested, problemIn } from './provider-response.ts';
import type { RequestedPayment } from './provider-response.ts';

/** The payment provider as this service needs it. Every call is idempotent. */
export interface ProviderClient {
  /** A declined card, and a request that can never succeed, give an authorization with status `declined`. */
  authorize(request: RequestedPayment & { readonly token: string; readonly customer: string }): Promise<Authorization>;
  /**
   * Carries out one step on an authorization. When its status no longer allows the step, the current authorization is
   * returned: a capture that lost against a void gives `voided`.
   */
  advance(
    step: 'capture' | 'void' | 'refund',
    authorization: RequestedPayment & { readonly id: string },
  ): Promise<Authorization>;
  /** The authorizations of one order, or all. */
  readLedger(orderId?: string): Promise<readonly Authorization[]>;
}

/** No response, or that of a provider that does not work. The event is to be redelivered. */
export class ProviderUnavailableError extends Error {
  /** False when the provider works and only the bank of one card does not. */
  readonly isProviderDown: boolean;

  constructor(message: string, { cause, isProviderDown = true }: { cause?: unknown; isProviderDown?: boolean } = {}) {
    super(message, { cause });
    this.isProviderDown = isProviderDown;
  }
}

export interface ProviderOptions {
  readonly url: string;
  readonly secretKey: string;
  /** Longer than the slowest card. */
  readonly timeoutMs: number;
  readonly breaker: CircuitBreaker;
}

interface ProviderRequest {
  readonly method?: 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

interface ProviderResponse {
  readonly status: number;
  readonly body: unknown;
}

/** Entries on a page of the ledger. */
const pageSize = 1_000;

export function providerClient(options: ProviderOptions): ProviderClient {
  const call = callerOf(options);
  const post = (path: string, key: string, json?: unknown): Promise<ProviderResponse> =>
    call(path, {
      method: 'POST',
      headers: { 'idempotency-key': key, ...(json === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });

  const readLedger = async (orderId?: string): Promise<readonly Authorization[]> => {
    const entries: Authorization[] = [];
    for (;;) {
      const query = new URLSearchParams({ limit: String(pageSize) });
      if (orderId !== undefined) query.set('reference', orderId);
      const last = entries.at(-1);
      if (last !== undefined) query.set('after', last.id);
      const { status, body } = await call(`/authorizations?${query.toString()}`, {});
      if (status !== 200 || !Array.isArray(body))
        throw new ProviderUnavailableError(`the payment provider rejected the request for its ledger: ${status}`);
      const page = body.map(readAuthorization);
      if (last !== undefined && page.at(-1)?.id === last.id)
        throw new ProviderUnavailableError('the payment provider returned the same page of its ledger again');
      entries.push(...page);
      if (page.length < pageSize) return entries;
    }
  };

  return {
    readLedger,
    async authorize({ orderId, token, amount, customer }) {
      const request = { token, amount, reference: orderId, customer };
      const { status, body } = await post('/authorizations', idempotencyKey(orderId, 'authorize'), request);
      if (status < 300) return expectRequested(readAuthorization(body), { orderId, amount });
      const { type, detail } = problemIn(body);
      if (type === 'idempotency-key-reused') {
        // Something was authorized for this order before, and only the ledger has it; to treat it as declined could charge twice.
        const [entry] = await readLedger(orderId);
        if (entry) return expectRequested(entry, { orderId, amount });
        throw new DropEventError(`the provider has another request under the key of order ${orderId}`);
      }
      if (status === 422) return declined({ orderId, amount }, detail);
      if (status === 400) return declined({ orderId, amount }, 'The payment provider cannot take this payment.');
      throw new ProviderUnavailableError(`the payment provider rejected authorize of order ${orderId}: ${status}`);
    },
    async advance(step, { id, orderId, amount }) {
      const path = `/authorizations/${encodeURIComponent(id)}/${step}`;
      const { status, body } = await post(path, idempotencyKey(orderId, step));
      if (status < 300) return expectRequested(readAuthorization(body), { orderId, amount });
      const entry = status === 409 ? (await readLedger(orderId)).find((candidate) => candidate.id === id) : undefined;
      if (entry) return expectRequested(entry, { orderId, amount });
      throw new ProviderUnavailableError(`the payment provider rejected ${step} of order ${orderId}: ${status}`);
    },
  };
}

/** Calls with the secret key, a timeout and the circuit breaker; resolves to responses that a working provider gives. */
function callerOf({ url, secretKey, timeoutMs, breaker }: ProviderOptions) {
  const send = async (path: string, init: ProviderRequest): Promise<ProviderResponse> => {
    const [route] = path.split('?');
    let response: Response;
    let body: unknown;
    try {
      response = await fetch(new URL(path, url), {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${secretKey}` },
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      body = await response.json();
    } catch (cause) {
      throw new ProviderUnavailableError(`the payment provider did not respond to ${route}`, { cause });
    }
    const { status } = response;
    if (status === 401 || status === 403)
      throw new ProviderUnavailableError(`the payment provider did not accept PROVIDER_SECRET_KEY: ${status}`);
    if (status >= 500 || status === 408 || status === 429) {
      const { type, isSimulated } = problemIn(body);
      const message = `the payment provider responded to ${route} with ${status}${isSimulated ? ' (simulated)' : ''}`;
      throw new ProviderUnavailableError(message, { isProviderDown: type !== 'issuer-unavailable' });
    }
    return { status, body };
  };
  return async (path: string, init: ProviderRequest): Promise<ProviderResponse> => {
    try {
      return await breaker.run(() => send(path, init));
    } catch (error) {
      if (!(error instanceof CircuitOpenError)) throw error;
      throw new ProviderUnavailableError(
        'the payment provider failed several times in a row and is not called for now',
      );
    }
  };
}

function readAuthorization(body: unknown): Authorization {
  try {
    return authorizationIn(body);
  } catch (cause) {
    throw new ProviderUnavailableError('the payment provider sent an invalid authorization', { cause });
  }
}

const none: Money = { amount: 0, currency: 'EUR' };

const declined = ({ orderId, amount }: RequestedPayment, reason: string): Authorization => ({
  id: '',
  reference: orderId,
  status: 'declined',
  amount,
  captured: none,
  refunded: none,
  reason,
});
