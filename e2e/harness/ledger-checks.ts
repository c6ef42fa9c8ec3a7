import type { Authorization } from '@tidewater/contracts/payment-provider.ts';
import type { Product } from '@tidewater/contracts/catalog.ts';
import { eventually, type Running } from './store.ts';

/** Services that check their own data; order also compares it with that of the others. */
const checked = ['catalog', 'payment', 'order'] as const;

/** Reads the records of the services and of the provider, with the staff token and the provider's secret key. */
export function ledgerChecks(running: () => Running) {
  const request = async <T>(url: string, init?: RequestInit): Promise<T> => {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
    return (response.status === 204 ? undefined : await response.json()) as T;
  };
  const urlOf = (app: string): string => running().urls[app] ?? `http://no-${app}.invalid`;
  const staff = (): Record<string, string> => ({ 'x-staff-token': running().secrets.staffToken });
  const put = (path: string, body: unknown): Promise<unknown> =>
    request(`${urlOf('catalog')}${path}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json', ...staff() },
      body: JSON.stringify(body),
    });
  const product = (id: string): Promise<Product> =>
    request(`${urlOf('catalog')}/staff/products/${id}`, { headers: staff() });
  return {
    /** Every authorization that the provider has for the order. */
    charges: (orderId: string): Promise<readonly Authorization[]> =>
      request(`${urlOf('provider')}/authorizations?reference=${orderId}`, {
        headers: { authorization: `Bearer ${running().secrets.providerSecretKey}` },
      }),
    product,
    /** Stock that an order releases is available shortly after the order has ended: catalog receives an event. */
    availableBecomes: (id: string, available: number): Promise<Product> =>
      eventually(
        `${available} of ${id} being available`,
        () => product(id),
        (now) => now.available === available,
        10_000,
      ),
    setPrice: (id: string, amount: number): Promise<unknown> => put(`/products/${id}/price`, { amount }),
    setStock: (id: string, onHand: number): Promise<unknown> => put(`/products/${id}/stock`, { onHand }),
    invariants: async (): Promise<readonly string[]> => {
      const results = await Promise.all(
        checked.map((app) =>
          request<{ ok: boolean; problems: readonly string[] }>(`${urlOf(app)}/invariants`, { headers: staff() }),
        ),
      );
      return results.flatMap(({ problems }) => problems);
    },
  };
}

export type LedgerChecks = ReturnType<typeof ledgerChecks>;

/** The net amount charged for an order, in cents. */
export function netCharged(authorizations: readonly Authorization[]): number {
  return authorizations.reduce((sum, { captured, refunded }) => sum + captured.amount - refunded.amount, 0);
}
