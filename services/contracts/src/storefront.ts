import type { Category, Product } from './catalog.ts';
import type { Address, Contact, OrderLine } from './events.ts';
import type { Money } from './money.ts';
import type { OrderStatus } from './order-status.ts';
import type { ValueOf, checkoutRequest } from './schemas.ts';

/**
 * The page-shaped API of the storefront, for the browser. All paths are below `/api`. The shopper is known by an HTTP-only
 * session cookie that the first response sets. Errors are `Problem` with `application/problem+json` (RFC 9457).
 *
 * | request | response |
 * | --- | --- |
 * | GET    /api/home | HomePage |
 * | GET    /api/products?q&category&brand&brand&min&max&stock=1&sort&page&size | ProductPage |
 * | GET    /api/products/{id} | ProductView, 404 |
 * | GET    /api/cart | CartView |
 * | PUT    /api/cart/lines/{productId} `{quantity}` | CartView; 0 removes; 400 negative, fraction or over 99; 404 unknown product |
 * | POST   /api/cart/prices | CartView: the shopper accepts the changed prices |
 * | POST   /api/checkout `CheckoutRequest`, header `idempotency-key` | 202 `{orderId}`; 400 empty cart or bad fields; 409 `prices-changed`, `cart-changed`, `sold-out`, with `cart`; 422 the key belongs to another request |
 * | GET    /api/checkouts/{key} | `{orderId}` of the checkout with this key, or of a replaced order number; 404 |
 * | GET    /api/orders | OrderSummary[] newest first, the shopper's own only |
 * | GET    /api/orders/{id} | OrderView, version 0 while it is on its way to the order service; 404 also for other people's orders |
 * | POST   /api/orders/{id}/cancel | 202 OrderView; 409 too late |
 * | GET    /api/orders/{id}/inside | InsideView; 501 on a sidecar without an activity stream |
 * | GET    /api/live | server-sent events: `cart` CartView, `order` OrderView, `stock` {productId, available}, `inside` {orderId} (new activities exist) |
 * | POST   /provider/tokens `CardDetails` | CardToken; straight through to the payment provider, never to a sidecar or a log |
 */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What happened and what to do, for a person. */
  readonly detail: string;
  /** Which fields, when the input was at fault. */
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
  /** With 409 of a checkout. */
  readonly cart?: CartView;
}

export interface HomePage {
  readonly categories: readonly Category[];
  readonly picks: readonly Product[];
  readonly season: { readonly title: string; readonly story: string };
}

export interface ProductView {
  readonly product: Product;
  readonly related: readonly Product[];
}

export interface CartLine {
  readonly product: Product;
  readonly quantity: number;
  /** The price the shopper has seen. */
  readonly unitPrice: Money;
  /** Present when the catalog's price is another one now. */
  readonly newPrice?: Money;
  readonly lineTotal: Money;
}

export interface CartView {
  readonly lines: readonly CartLine[];
  readonly count: number;
  readonly subtotal: Money;
  readonly delivery: Money;
  readonly total: Money;
  readonly pricesChanged: boolean;
  /** Grows with each change of the cart; a checkout carries the one it saw. */
  readonly version: number;
  /** What was in the cart and is no longer sold. */
  readonly unavailable: readonly { readonly productId: string; readonly name: string }[];
}

/** What the browser sends to buy its cart. */
export type CheckoutRequest = ValueOf<typeof checkoutRequest>;

export interface CardDetails {
  readonly number: string;
  /** `MM/YY`. */
  readonly expiry: string;
  readonly cvc: string;
}

/** A card that the provider knows now, for this shopper only. */
export interface CardToken {
  readonly token: string;
  readonly brand: string;
  readonly last4: string;
}

export interface OrderSummary {
  readonly orderId: string;
  readonly status: OrderStatus;
  readonly placedAt: string;
  readonly total: Money;
  readonly itemCount: number;
}

export interface OrderStep {
  readonly version: number;
  readonly status: OrderStatus;
  readonly at: string;
  /** What happened, for the shopper. */
  readonly text: string;
  /** The service that caused it, or `shopper`. */
  readonly triggeredBy: string;
}

export interface OrderView extends OrderSummary {
  readonly version: number;
  readonly lines: readonly OrderLine[];
  readonly delivery: Money;
  readonly contact: Contact;
  readonly address: Address;
  /** Absent until the provider has reported the card. */
  readonly payment: { readonly brand?: string; readonly last4?: string };
  readonly steps: readonly OrderStep[];
  readonly canCancel: boolean;
  /** What comes next, for the shopper; absent at the end. */
  readonly next?: string;
}

/** One activity of a sidecar for an order; `Activity` of the runtime, as the browser needs it. */
export interface InsideActivity {
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly appId: string;
  readonly kind: string;
  readonly name: string;
  readonly startedAt: number;
  readonly durationMs: number;
  readonly outcome: 'ok' | 'error';
  readonly error?: { readonly code: string; readonly message: string };
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly input?: string;
  readonly output?: string;
}

export interface InsideView {
  readonly orderId: string;
  readonly traceId: string;
  /** In causal order: a parent before its children, siblings by start. */
  readonly activities: readonly InsideActivity[];
  readonly apps: readonly string[];
}
