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
 * What each means is in message-descriptions.ts; who publishes and who receives it, in docs/asyncapi.yaml.
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
