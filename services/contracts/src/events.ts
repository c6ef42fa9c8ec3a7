import type {
  ValueOf,
  address,
  cardSummary,
  commandSchemas,
  contact,
  eventSchemas,
  messageSchemas,
  orderLine,
  orderRecord,
  orderRequest,
} from './schemas.ts';

/**
 * Every message between services. `type` is the CloudEvent type; the CloudEvent id identifies the message, and each consumer
 * handles it once. No message carries card data: a payment is known by the provider's token for it, and only payment gets that.
 *
 * | topic | messages |
 * | --- | --- |
 * | `carts` | cart.checked-out: the shopper has committed to buy. Order turns it into an order. |
 * | `orders` | order.changed: one for each change of an order, numbered from 1 without gaps by `version` |
 * | `order-records` | order.recorded: the same with all that the order's projection shows; for the order service only |
 * | `stock-commands` | reserve-stock, release-stock, commit-stock, restock: from order to catalog |
 * | `payment-commands` | charge and unwind-payment, from order to payment. Unwinding is: void when nothing was captured, refund when it was, and never charge later. |
 * | `stock` | stock.reserved, stock.rejected: to order |
 * | `products` | product.price-changed; stock.changed after any change of free stock, for pages that show it |
 * | `payments` | payment.captured, payment.declined, payment.refunded; payment.voided: a cancelled order for which nothing had been charged and nothing will be |
 */
export type Messages = { readonly [T in keyof typeof messageSchemas]: ValueOf<(typeof messageSchemas)[T]> };
export type MessageType = keyof Messages;

/** Messages that report what happened. */
export type Events = Pick<Messages, keyof typeof eventSchemas>;
export type EventType = keyof Events;

/** Messages of the order that request an action of one service. */
export type OrderCommand = keyof typeof commandSchemas;
/** To catalog. */
export type StockCommand = Extract<OrderCommand, 'reserve-stock' | 'release-stock' | 'commit-stock' | 'restock'>;
/** To payment. */
export type PaymentCommand = Exclude<OrderCommand, StockCommand>;

export type OrderLine = ValueOf<typeof orderLine>;
export type Contact = ValueOf<typeof contact>;
export type Address = ValueOf<typeof address>;
/** What its owner may see of a card. */
export type CardSummary = ValueOf<typeof cardSummary>;
/** An order as the cart hands it over. */
export type OrderRequest = ValueOf<typeof orderRequest>;
/** One change of an order, with the order. */
export type OrderRecord = ValueOf<typeof orderRecord>;
