import type { Money } from './money.ts';
import type { OrderStatus } from './order-status.ts';

/**
 * Every event that crosses a border. `type` is the CloudEvent type; the CloudEvent id identifies the event and each
 * consumer handles it once. No event carries card data: a payment is known by the provider's token for it.
 */
export interface Events {
  /** topic `carts`: the shopper has committed to buy. Order turns it into an order. */
  'cart.checked-out': { readonly order: OrderRequest };

  /** topic `orders`: one for each change of an order, numbered from 1 without gaps by `version`. */
  'order.changed': OrderChanged;

  /** topic `stock` */
  'stock.reserved': { readonly orderId: string };
  'stock.refused': {
    readonly orderId: string;
    readonly missing: readonly { readonly productId: string; readonly wanted: number; readonly available: number }[];
  };
  /** After any change of free stock, for pages that show it. */
  'stock.changed': { readonly productId: string; readonly available: number };

  /** topic `products` */
  'product.price-changed': { readonly productId: string; readonly price: Money; readonly previous: Money };

  /** topic `payments` */
  'payment.captured': { readonly orderId: string; readonly amount: Money };
  'payment.declined': { readonly orderId: string; readonly reason: string };
  'payment.refunded': { readonly orderId: string; readonly amount: Money };
  /** A cancelled order for which nothing had been charged and nothing will be. */
  'payment.voided': { readonly orderId: string };
}

export type EventType = keyof Events;

export interface OrderLine {
  readonly productId: string;
  readonly name: string;
  readonly quantity: number;
  readonly unitPrice: Money;
}

export interface Contact {
  readonly name: string;
  readonly email: string;
}

export interface Address {
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
}

/** What the provider gave for a card: enough to charge and to name it to its owner, useless to anyone else. */
export interface PaymentMethod {
  readonly token: string;
  readonly brand: string;
  readonly last4: string;
}

/** An order as the cart hands it over. Prices were checked against the catalog; the total is of the lines plus delivery. */
export interface OrderRequest {
  readonly orderId: string;
  readonly shopperId: string;
  readonly lines: readonly OrderLine[];
  readonly contact: Contact;
  readonly address: Address;
  readonly payment: PaymentMethod;
  readonly delivery: Money;
  readonly total: Money;
}

/** What an order asks the others for with a change; each consumer acts on its own kind only. */
export type OrderAsk =
  /** to catalog */
  | 'reserve-stock'
  | 'release-stock'
  | 'commit-stock'
  | 'restock'
  /** to payment */
  | 'charge'
  /** Void when nothing was captured, refund when it was, and never charge later. */
  | 'unwind-payment';

export interface OrderChanged {
  readonly orderId: string;
  readonly shopperId: string;
  readonly version: number;
  readonly status: OrderStatus;
  /** ISO 8601. */
  readonly at: string;
  /** A sentence in plain words for the shopper. */
  readonly story: string;
  /** Which service made it happen. */
  readonly by: 'cart' | 'order' | 'catalog' | 'payment' | 'shopper';
  readonly asks: readonly OrderAsk[];
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  readonly delivery: Money;
  readonly payment: PaymentMethod;
  readonly contact: Contact;
  readonly address: Address;
}
