import type { Money } from './money.ts';
import type {
  ValueOf,
  eventSchemas,
  orderCommands,
  orderRequest,
  orderLine,
  contact,
  address,
  cardSummary,
} from './schemas.ts';
import type { OrderStatus } from './order-status.ts';

/**
 * Every event between services. `type` is the CloudEvent type; the CloudEvent id identifies the event and each
 * consumer handles it once. No event carries card data: a payment is known by the provider's token for it.
 *
 * | topic | events |
 * | --- | --- |
 * | `carts` | cart.checked-out: the shopper has committed to buy. Order turns it into an order. |
 * | `orders` | order.changed: one for each change of an order, numbered from 1 without gaps by `version` |
 * | `stock` | stock.reserved, stock.refused; stock.changed after any change of free stock, for pages that show it |
 * | `products` | product.price-changed |
 * | `payments` | payment.captured, payment.declined, payment.refunded; payment.voided: a cancelled order for which nothing had been charged and nothing will be |
 */
export type Events = Omit<
  { readonly [T in keyof typeof eventSchemas]: ValueOf<(typeof eventSchemas)[T]> },
  'order.changed'
> & {
  readonly 'order.changed': OrderChanged;
};

export type EventType = keyof typeof eventSchemas;

export type OrderLine = ValueOf<typeof orderLine>;
export type Contact = ValueOf<typeof contact>;
export type Address = ValueOf<typeof address>;
/** What its owner may see of a card. */
export type CardSummary = ValueOf<typeof cardSummary>;
/** An order as the cart hands it over. */
export type OrderRequest = ValueOf<typeof orderRequest>;

/**
 * What an order asks the others for with a change; each consumer acts on its own kind only. To catalog: `reserve-stock`,
 * `release-stock`, `commit-stock`, `restock`. To payment: `charge`, and `unwind-payment`: void when nothing was captured,
 * refund when it was, and never charge later.
 */
export type OrderCommand = (typeof orderCommands)[number];

export interface OrderChanged {
  readonly orderId: string;
  readonly shopperId: string;
  readonly version: number;
  readonly status: OrderStatus;
  /** ISO 8601. */
  readonly at: string;
  /** A sentence for the shopper. */
  readonly story: string;
  /** Which service made it happen. */
  readonly by: 'cart' | 'order' | 'catalog' | 'payment' | 'shopper';
  readonly asks: readonly OrderCommand[];
  readonly lines: readonly OrderLine[];
  readonly total: Money;
  readonly delivery: Money;
  /** Brand and last four digits are present once the provider has reported them. */
  readonly payment: { readonly token: string } & Partial<CardSummary>;
  readonly contact: Contact;
  readonly address: Address;
}
