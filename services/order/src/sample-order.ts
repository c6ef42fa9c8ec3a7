import type { OrderRequest } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';

/** An order for tests. */
export const sampleRequest: OrderRequest = {
  orderId: 'TW-SAMPLE2345',
  shopperId: 'ann',
  checkoutId: '2f6a6f0e-3f4e-4b7e-9a53-8f5a1c9d7e10',
  lines: [
    { productId: 'kayak', name: 'Skerry Day Kayak', quantity: 2, unitPrice: eur(89_900) },
    { productId: 'rope', name: 'Halyard Rope', quantity: 1, unitPrice: eur(1_950) },
  ],
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1a2b3c' },
  delivery: eur(0),
  total: eur(181_750),
};

export const sampleCard = { brand: 'Visa', last4: '4242' } as const;
