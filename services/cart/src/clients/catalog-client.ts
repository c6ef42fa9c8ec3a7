import type { DaprClient } from '@outrigger/sdk';
import type { Product } from '@tidewater/contracts/catalog.ts';

/** The catalog as the cart needs it. */
export interface Catalog {
  /** Without unknown ones, in any order. */
  products(ids: readonly string[]): Promise<readonly Product[]>;
}

const timeoutMs = 8_000;

/** The catalog service, by service invocation. */
export function catalogClient(client: DaprClient): Catalog {
  return {
    async products(ids) {
      if (ids.length === 0) return [];
      const query = { ids: ids.join(',') };
      return client.invoke<Product[]>({ app: 'catalog', path: ['products'], query, timeoutMs });
    },
  };
}
