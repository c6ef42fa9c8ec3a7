import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { countryCodes } from './countries.ts';
import { orderStatuses } from './order-status.ts';
import type { OrderStatus } from './order-status.ts';
import { cardToken, email, id, optionalText, text, timestamp } from './text-schemas.ts';

/**
 * The values that services exchange. Unknown members are removed when a value is parsed. A schema with a `title` is in API
 * documents once, under that name.
 */

/** The type of a value that was read by a schema. */
export type ValueOf<T extends TSchema> = DeepReadonly<Static<T>>;

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export interface Annotations {
  /** Its name in API documents. */
  readonly title?: string;
  readonly description?: string;
}

export const object = <P extends Record<string, TSchema>>(properties: P, annotations: Annotations = {}) =>
  Type.Object(properties, { additionalProperties: false, ...annotations });

export const currency = Type.Literal('EUR');

/** In cents: what one price and one order may be worth. */
export const maxMoney = 100_000_000;

/** Integer minor units (cents). */
export const money = object(
  { amount: Type.Integer({ minimum: 0, maximum: maxMoney }), currency },
  { title: 'Money', description: 'In cents' },
);

/** How many of one product a cart or an order may hold. */
export const maxQuantity = 99;
export const maxLines = 50;
export const quantity = Type.Integer({ minimum: 1, maximum: maxQuantity });
/** What may be set in a cart: 0 removes the line. */
export const cartQuantity = Type.Integer({ minimum: 0, maximum: maxQuantity });

export const contact = object({ name: text(120), email }, { title: 'Contact' });

/** ISO 3166-1 alpha-2. */
const country = Type.String({
  title: 'CountryCode',
  enum: [...countryCodes],
  'x-message': 'must be an ISO 3166-1 country code such as DE',
});

export const address = Type.Object(
  {
    street: text(200),
    /** Empty in countries without postcodes. */
    postcode: optionalText(12),
    city: text(120),
    country,
  },
  { title: 'Address', additionalProperties: false, 'x-postcode-of-country': true },
);

/** What its owner may see of a card; from the provider, never from a browser. */
export const cardSummary = object(
  {
    brand: text(40),
    last4: Type.String({ pattern: String.raw`^\d{4}$`, 'x-message': 'must be four digits' }),
  },
  { title: 'CardSummary' },
);

export const orderLine = object({ productId: id, name: text(200), quantity, unitPrice: money }, { title: 'OrderLine' });

/** An order as the cart hands it over. Prices were checked against the catalog; the total is of the lines plus delivery. */
export const orderRequest = object({
  orderId: id,
  shopperId: id,
  /** Identifies the checkout: a second request with this order id and another checkout is a different order. */
  checkoutId: id,
  lines: Type.Array(orderLine, { minItems: 1, maxItems: maxLines }),
  contact,
  address,
  payment: object({ token: cardToken }),
  delivery: money,
  total: money,
});

const status = Type.Unsafe<OrderStatus>(Type.String({ title: 'OrderStatus', enum: [...orderStatuses] }));

/** Of which products there was not enough. */
export const missingStock = Type.Array(
  object({
    productId: id,
    requested: Type.Integer({ minimum: 0 }),
    available: Type.Integer({ minimum: 0 }),
  }),
  { title: 'MissingStock', maxItems: maxLines },
);

const reason = text(300);

/** The service that caused a change of an order. */
const triggeredBy = Type.Unsafe<'cart' | 'order' | 'catalog' | 'payment' | 'shopper'>(
  Type.String({ enum: ['cart', 'order', 'catalog', 'payment', 'shopper'] }),
);

/** The input of the transition. */
const input = Type.String({ pattern: '^[a-z-]{1,40}$' });

/** What the order's owner may see of its payment; empty until the provider has reported the card. */
const shownPayment = object({
  brand: Type.Optional(cardSummary.properties.brand),
  last4: Type.Optional(cardSummary.properties.last4),
});

const changed = {
  orderId: id,
  shopperId: id,
  version: Type.Integer({ minimum: 1, maximum: 10_000 }),
  status,
  at: timestamp,
};

/** One change of an order, for other services. */
export const orderChanged = object({
  ...changed,
  /** What a reader of the version before lacks to show this one. Absent in events of earlier versions. */
  change: Type.Optional(
    object({
      triggeredBy,
      input,
      reason: Type.Optional(reason),
      missing: Type.Optional(missingStock),
      payment: shownPayment,
      canCancel: Type.Boolean(),
      isSettled: Type.Boolean(),
    }),
  ),
});

/** The data of each command, by CloudEvent type: what the service needs that carries it out. */
export const commandSchemas = {
  'reserve-stock': object({
    orderId: id,
    lines: Type.Array(object({ productId: id, quantity }), { maxItems: maxLines }),
  }),
  'release-stock': object({ orderId: id }),
  'commit-stock': object({ orderId: id }),
  restock: object({ orderId: id }),
  charge: object({ orderId: id, shopperId: id, total: money, token: cardToken }),
  'unwind-payment': object({ orderId: id, shopperId: id, total: money, token: cardToken }),
} as const;

/** One change of an order with the order, for the order service's own projection. */
export const orderRecord = object({
  ...changed,
  triggeredBy,
  input,
  commands: Type.Array(Type.Unsafe<keyof typeof commandSchemas>(Type.String({ enum: Object.keys(commandSchemas) })), {
    maxItems: 4,
  }),
  reason: Type.Optional(reason),
  missing: Type.Optional(missingStock),
  lines: Type.Array(orderLine, { maxItems: maxLines }),
  total: money,
  delivery: money,
  contact,
  address,
  payment: shownPayment,
});

/** The data of each event, by CloudEvent type. */
export const eventSchemas = {
  'cart.checked-out': object({ order: orderRequest }),
  'order.changed': orderChanged,
  'order.recorded': orderRecord,
  'stock.reserved': object({ orderId: id }),
  'stock.rejected': object({ orderId: id, missing: missingStock }),
  'stock.changed': object({ productId: id, available: Type.Integer({ minimum: 0 }) }),
  'product.price-changed': object({ productId: id, price: money, previous: money }),
  'payment.captured': object({ orderId: id, amount: money, card: Type.Optional(cardSummary) }),
  'payment.declined': object({ orderId: id, reason, card: Type.Optional(cardSummary) }),
  'payment.refunded': object({ orderId: id, amount: money }),
  'payment.voided': object({ orderId: id }),
} as const;

export const messageSchemas = { ...eventSchemas, ...commandSchemas } as const;

/** What a browser sends to buy its cart. */
export const checkoutRequest = object(
  {
    contact,
    address,
    payment: object({ token: cardToken }),
    /** What the shopper saw; another total is a 409. */
    expectedTotal: money,
    /** The version of the cart that the shopper saw; another one is a 409. */
    cartVersion: Type.Integer({ minimum: 0 }),
  },
  { title: 'CheckoutRequest' },
);

export const quantityRequest = object({ quantity: cartQuantity });
