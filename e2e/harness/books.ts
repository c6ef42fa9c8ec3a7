import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Product } from '@tidewater/contracts/catalog.ts';
import { eventually, type Running } from './store.ts';

/** What others' books say, asked of the programs behind the storefront: for exactness after faults. */
export function books(running: () => Running) {
  const ask = async <T>(url: string, init?: RequestInit): Promise<T> => {
    const reply = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    if (!reply.ok) throw new Error(`${url}: ${reply.status} ${await reply.text()}`);
    return (reply.status === 204 ? undefined : await reply.json()) as T;
  };
  const staff = (body: unknown): RequestInit => ({
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'x-staff-token': running().staffToken },
    body: JSON.stringify(body),
  });
  const at = (app: string): string => running().urls[app] ?? `http://no-${app}.invalid`;
  const product = (id: string): Promise<Product> => ask(`${at('catalog')}/products/${id}`);
  return {
    /** Every authorisation that the provider has for the order. */
    charges: (orderId: string): Promise<readonly Authorization[]> =>
      ask(`${at('provider')}/authorizations?reference=${orderId}`),
    product,
    /** Stock that an order gives back is free a moment after the order says how it ended: catalog hears of it by an event. */
    availableBecomes: (id: string, available: number): Promise<Product> =>
      eventually(
        `${available} of ${id} being free`,
        () => product(id),
        (now) => now.available === available,
        10_000,
      ),
    setPrice: (id: string, amount: number): Promise<unknown> =>
      ask(`${at('catalog')}/products/${id}/price`, staff({ amount })),
    setStock: (id: string, onHand: number): Promise<unknown> =>
      ask(`${at('catalog')}/products/${id}/stock`, staff({ onHand })),
    invariants: async (): Promise<readonly string[]> => {
      const answers = await Promise.all(
        ['catalog', 'payment'].map((app) => ask<{ ok: boolean; problems: readonly string[] }>(`${at(app)}/invariants`)),
      );
      return answers.flatMap(({ problems }) => problems);
    },
  };
}

/** What was taken for an order in all, in cents. */
export function netCharged(authorizations: readonly Authorization[]): number {
  return authorizations.reduce((sum, { captured, refunded }) => sum + captured.amount - refunded.amount, 0);
}
