import type { ValueOf, checkoutRequest } from './schemas.ts';
import type {
  cardTokenView,
  cartLine,
  cartView,
  homePage,
  insideActivity,
  insideView,
  orderStep,
  orderSummary,
  orderView,
  problem,
  productView,
} from './view-schemas.ts';

/**
 * The page-shaped API of the storefront, for the browser: its routes are listed in docs/api.md. The shopper is known by an
 * HTTP-only session cookie that the first response sets. `GET /api/live` sends server-sent events: `cart` CartView, `order`
 * OrderView, `stock` {productId, available}, `inside` {orderId} (new activities exist).
 */

/** Every error, with `application/problem+json` (RFC 9457). */
export type Problem = ValueOf<typeof problem> & {
  /** With 409 of a checkout. */
  readonly cart?: CartView;
};

export type HomePage = ValueOf<typeof homePage>;

export type ProductView = ValueOf<typeof productView>;

export type CartLine = ValueOf<typeof cartLine>;

export type CartView = ValueOf<typeof cartView>;

/** What the browser sends to buy its cart. */
export type CheckoutRequest = ValueOf<typeof checkoutRequest>;

export interface CardDetails {
  readonly number: string;
  /** `MM/YY`. */
  readonly expiry: string;
  readonly cvc: string;
}

/** A card that the provider knows now, for this shopper only. */
export type CardToken = ValueOf<typeof cardTokenView>;

export type OrderSummary = ValueOf<typeof orderSummary>;

export type OrderStep = ValueOf<typeof orderStep>;

export type OrderView = ValueOf<typeof orderView>;

/** One activity of a sidecar for an order; `Activity` of the runtime, as the browser needs it. */
export type InsideActivity = ValueOf<typeof insideActivity>;

export type InsideView = ValueOf<typeof insideView>;
