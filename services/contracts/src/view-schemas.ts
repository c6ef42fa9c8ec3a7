import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import { orderStatuses } from './order-status.ts';
import type { OrderStatus } from './order-status.ts';
import { address, contact, currency, missingStock, object, orderLine, orderRecord } from './schemas.ts';
import { cardToken, id } from './text-schemas.ts';

/** What services and the storefront respond with. */

const text = Type.String();
const count = Type.Integer({ minimum: 0 });
/** Sums may be larger than what one order may be worth. */
const money = object({ amount: Type.Integer(), currency }, { title: 'Sum', description: 'In cents' });
const list = <T extends TSchema>(item: T) => Type.Array(item);

/** Every error, as `application/problem+json` (RFC 9457); some types have further members. */
export const problem = Type.Object(
  {
    type: text,
    title: text,
    status: Type.Integer(),
    /** What happened and what to do, for a person. */
    detail: text,
    /** Which fields, when the input was at fault. */
    errors: Type.Optional(list(object({ field: text, message: text }))),
  },
  { title: 'Problem', description: 'An error (RFC 9457)' },
);

export const category = object({ id: text, name: text, blurb: text, count }, { title: 'Category' });

/** A drawing of a product, which the frontend renders as an SVG. */
export const picture = object(
  {
    /** Which silhouette, such as `kayak`, `paddle`, `drysuit`. */
    shape: text,
    /** 0–359; one hue family for each category, varied a little by product. */
    hue: Type.Number(),
    /** Picks proportions and details; any integer. */
    variant: Type.Integer(),
  },
  { title: 'Picture' },
);

/** A photograph of a product. The pages' content security policy allows URLs of the shop's own host only. */
export const photo = object({ imageUrl: text }, { title: 'Photo' });

export const product = object(
  {
    id: text,
    name: text,
    brand: text,
    category: text,
    price: money,
    /** Present when on sale: what it cost before. */
    previousPrice: Type.Optional(money),
    /** Two sentences. */
    description: text,
    /** Three rows. */
    specs: Type.Unsafe<[label: string, value: string][]>(Type.Array(Type.Array(text, { minItems: 2, maxItems: 2 }))),
    /** Care or safety. */
    note: text,
    weightGrams: Type.Number(),
    picture: Type.Union([picture, photo]),
    /** Text for those who do not see the picture. */
    alt: text,
    /** Free stock: on hand less reserved. */
    available: Type.Integer(),
  },
  { title: 'Product', description: 'A product' },
);

export const productPage = object(
  {
    products: list(product),
    total: count,
    page: Type.Integer(),
    size: Type.Integer(),
    /** Counts for the query without the facet's own filter. */
    facets: object({
      brands: list(object({ name: text, count })),
      categories: list(object({ id: text, name: text, count })),
      price: object({ min: Type.Number(), max: Type.Number() }),
    }),
  },
  { title: 'ProductPage', description: 'A page of products, with counts for filters' },
);

export const homePage = object(
  {
    categories: list(category),
    picks: list(product),
    season: object({ title: text, story: text }),
  },
  { title: 'HomePage', description: 'The home page' },
);

export const productView = object(
  { product, related: list(product) },
  { title: 'ProductView', description: 'The product and what goes with it' },
);

export const cartLine = object(
  {
    product,
    quantity: Type.Integer(),
    /** The price the shopper has seen. */
    unitPrice: money,
    /** Present when the catalog's price is another one now. */
    newPrice: Type.Optional(money),
    lineTotal: money,
  },
  { title: 'CartLine' },
);

export const cartView = object(
  {
    lines: list(cartLine),
    count,
    subtotal: money,
    delivery: money,
    total: money,
    pricesChanged: Type.Boolean(),
    /** Grows with each change of the cart; a checkout carries the one it saw. */
    version: count,
    /** What was in the cart and is no longer sold. */
    unavailable: list(object({ productId: text, name: text })),
  },
  { title: 'Cart', description: 'The cart' },
);

const status = Type.Unsafe<OrderStatus>(Type.String({ title: 'OrderStatus', enum: [...orderStatuses] }));

export const orderSummary = object(
  { orderId: text, status, placedAt: text, total: money, itemCount: count },
  { title: 'OrderSummary', description: 'An order in a list' },
);

export const orderStep = object(
  {
    version: count,
    status,
    at: text,
    /** What happened, for the shopper. */
    text,
    /** The service that caused it, or `shopper`. */
    triggeredBy: text,
  },
  { title: 'OrderStep' },
);

const orderMembers = {
  ...orderSummary.properties,
  version: count,
  lines: list(orderLine),
  delivery: money,
  contact,
  address,
  /** Absent until the provider has reported the card. */
  payment: object({ brand: Type.Optional(text), last4: Type.Optional(text) }),
  canCancel: Type.Boolean(),
};

export const orderView = object(
  {
    ...orderMembers,
    steps: list(orderStep),
    /** What comes next, for the shopper; absent at the end. */
    next: Type.Optional(text),
  },
  { title: 'Order', description: 'The order' },
);

const { version, at, triggeredBy, input, reason } = orderRecord.properties;

/** One change of an order. */
export const orderStepDetails = object(
  {
    version,
    at,
    triggeredBy,
    input,
    reason,
    missing: Type.Optional(missingStock),
    status,
  },
  { title: 'OrderStepDetails' },
);

/** An order as the order service shows it to the storefront: data without texts. */
export const orderDetails = object(
  {
    ...orderMembers,
    /** Nothing more is expected to happen to it. */
    isSettled: Type.Boolean(),
    steps: list(orderStepDetails),
  },
  { title: 'OrderDetails', description: 'The order, without texts' },
);

/** The 409 of a checkout. */
export const checkoutProblem = Type.Object(
  { ...problem.properties, cart: cartView },
  { title: 'CheckoutProblem', description: 'With the cart as it is now' },
);

/** A card that the provider knows now, for one shopper only. */
export const cardTokenView = object(
  { token: cardToken, brand: text, last4: text },
  { title: 'CardToken', description: 'A token for the card' },
);

/** The number of an order that a checkout becomes. */
export const orderNumber = object({ orderId: id }, { title: 'OrderNumber', description: 'The number of the order' });

/** One activity of a sidecar for an order; `Activity` of the runtime, as the browser needs it. */
export const insideActivity = object(
  {
    spanId: text,
    parentSpanId: Type.Optional(text),
    appId: text,
    kind: text,
    name: text,
    startedAt: Type.Number(),
    durationMs: Type.Number(),
    outcome: Type.Unsafe<'ok' | 'error'>(Type.String({ enum: ['ok', 'error'] })),
    error: Type.Optional(object({ code: text, message: text })),
    attributes: Type.Record(text, Type.Union([text, Type.Number(), Type.Boolean()])),
    input: Type.Optional(text),
    output: Type.Optional(text),
  },
  { title: 'InsideActivity' },
);

export const insideView = object(
  {
    orderId: text,
    traceId: text,
    /** In causal order: a parent before its children, siblings by start. */
    activities: list(insideActivity),
    apps: list(text),
  },
  { title: 'InsideView', description: 'What the sidecars did for the order' },
);

/** Whether what must hold at any moment holds; a sentence for each violation. */
export const invariants = object(
  { ok: Type.Boolean(), problems: list(text) },
  { title: 'Invariants', description: 'A sentence for each violation' },
);
