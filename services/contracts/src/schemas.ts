import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';
import { countryCodes } from './countries.ts';
import { orderStatuses } from './order-status.ts';
import { cardToken, email, id, optionalText, text, timestamp } from './text-schemas.ts';

/** The values that services exchange. Unknown members are removed when a value is parsed. */

/** The type of a value that was read by a schema. */
export type ValueOf<T extends TSchema> = DeepReadonly<Static<T>>;

type DeepReadonly<T> = T extends readonly (infer U)[]
  ? readonly DeepReadonly<U>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

export const object = <P extends Record<string, TSchema>>(properties: P) =>
  Type.Object(properties, { additionalProperties: false });

export const currency = Type.Literal('EUR');

/** In cents: what one price and one order may be worth. */
export const maxMoney = 100_000_000;

/** Integer minor units (cents). */
export const money = object({ amount: Type.Integer({ minimum: 0, maximum: maxMoney }), currency });

/** How many of one product a cart or an order may hold. */
export const maxQuantity = 99;
export const maxLines = 50;
export const quantity = Type.Integer({ minimum: 1, maximum: maxQuantity });
/** What may be set in a cart: 0 removes the line. */
export const cartQuantity = Type.Integer({ minimum: 0, maximum: maxQuantity });

export const contact = object({ name: text(120), email });

export const address = Type.Object(
  {
    street: text(200),
    /** Empty in countries without postcodes. */
    postcode: optionalText(12),
    city: text(120),
    /** ISO 3166-1 alpha-2. */
    country: Type.String({ enum: [...countryCodes], 'x-message': 'must be an ISO 3166-1 country code such as DE' }),
  },
  { additionalProperties: false, postcodeOfCountry: true },
);

/** What its owner may see of a card; from the provider, never from a browser. */
export const cardSummary = object({
  brand: text(40),
  last4: Type.String({ pattern: String.raw`^\d{4}$`, 'x-message': 'must be four digits' }),
});

export const orderLine = object({ productId: id, name: text(200), quantity, unitPrice: money });

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

export const orderCommands = [
  'reserve-stock',
  'release-stock',
  'commit-stock',
  'restock',
  'charge',
  'unwind-payment',
] as const;

/** One change of an order. */
export const orderChanged = object({
  orderId: id,
  shopperId: id,
  version: Type.Integer({ minimum: 1, maximum: 10_000 }),
  status: Type.String({ enum: [...orderStatuses] }),
  at: timestamp,
  story: text(600),
  by: Type.String({ enum: ['cart', 'order', 'catalog', 'payment', 'shopper'] }),
  asks: Type.Array(Type.String({ enum: [...orderCommands] }), { maxItems: 4 }),
  lines: Type.Array(orderLine, { maxItems: maxLines }),
  total: money,
  delivery: money,
  payment: Type.Object(
    {
      token: cardToken,
      brand: Type.Optional(cardSummary.properties.brand),
      last4: Type.Optional(cardSummary.properties.last4),
    },
    { additionalProperties: false },
  ),
  contact,
  address,
});

const missingStock = object({
  productId: id,
  wanted: Type.Integer({ minimum: 0 }),
  available: Type.Integer({ minimum: 0 }),
});

/** The data of each event, by CloudEvent type. */
export const eventSchemas = {
  'cart.checked-out': object({ order: orderRequest }),
  'order.changed': orderChanged,
  'stock.reserved': object({ orderId: id }),
  'stock.refused': object({ orderId: id, missing: Type.Array(missingStock, { maxItems: maxLines }) }),
  'stock.changed': object({ productId: id, available: Type.Integer({ minimum: 0 }) }),
  'product.price-changed': object({ productId: id, price: money, previous: money }),
  'payment.captured': object({ orderId: id, amount: money, card: Type.Optional(cardSummary) }),
  'payment.declined': object({ orderId: id, reason: text(300), card: Type.Optional(cardSummary) }),
  'payment.refunded': object({ orderId: id, amount: money }),
  'payment.voided': object({ orderId: id }),
} as const;

/** What a browser sends to buy its cart. */
export const checkoutRequest = object({
  contact,
  address,
  payment: object({ token: cardToken }),
  /** What the shopper saw; another total is a 409. */
  expectedTotal: money,
  /** The version of the cart that the shopper saw; another one is a 409. */
  cartVersion: Type.Integer({ minimum: 0 }),
});

export const quantityRequest = object({ quantity: cartQuantity });
