import type { OrderRequest } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';

/** An order as tests meet it. */
export const sampleRequest: OrderRequest = {
  orderId: 'TW-SAMPLE23',
  shopperId: 'ann',
  lines: [
    { productId: 'kayak', name: 'Skerry Day Kayak', quantity: 2, unitPrice: eur(89_900) },
    { productId: 'rope', name: 'Halyard Rope', quantity: 1, unitPrice: eur(1_950) },
  ],
  contact: { name: 'Ann', email: 'ann@example.test' },
  address: { street: 'Quay 1', postcode: '24103', city: 'Kiel', country: 'DE' },
  payment: { token: 'tok_1a2b3c', brand: 'Visa', last4: '4242' },
  delivery: eur(0),
  total: eur(181_750),
};
