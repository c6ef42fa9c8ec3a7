import type { Product } from '@tidewater/contracts/catalog.ts';
import { eur } from '@tidewater/contracts/money.ts';
import { isTerminal } from '@tidewater/contracts/order-status.ts';
import { orderView } from '@tidewater/contracts/order-view.ts';
import type { OrderDetails } from '@tidewater/contracts/orders.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type {
  CardDetails,
  CardToken,
  CartView,
  CheckoutRequest,
  InsideView,
  OrderView,
} from '@tidewater/contracts/storefront.ts';
import { mockProducts } from './mock-products.ts';
import { MockCart } from './mock-cart.ts';
import { MockCheckouts, checkoutProblemOf } from './mock-checkout.ts';
import type { MockOrderStep } from './order-steps.ts';
import { activitiesOf, orderSteps } from './order-steps.ts';

export interface MockEvent {
  readonly name: 'cart' | 'order' | 'stock' | 'inside';
  readonly data: unknown;
}

/** The result of a checkout: an order, or the type of the problem. */
export type CheckoutResult = { readonly orderId: string } | { readonly problem: string };

interface PlacedOrder {
  details: OrderDetails;
  view: OrderView;
  readonly card: CardToken | undefined;
  inside: InsideView;
  timer?: ReturnType<typeof setTimeout>;
}

/** The store of one shopper, in memory. */
export class MockShop {
  readonly products: Product[] = mockProducts();
  readonly #cart = new MockCart(this.products);
  readonly #cards = new Map<string, CardToken>();
  readonly #orders = new Map<string, PlacedOrder>();
  readonly #checkouts = new MockCheckouts();
  readonly #listeners = new Set<(event: MockEvent) => void>();
  readonly #stepMs: number;

  constructor({ stepMs }: { readonly stepMs: number }) {
    this.#stepMs = stepMs;
  }

  subscribe(listener: (event: MockEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get cart(): CartView {
    return this.#cart.view;
  }

  get orders(): readonly OrderView[] {
    return [...this.#orders.values()].map(({ view }) => view).toReversed();
  }

  /** Also true for a line whose product is no longer sold, which can be removed. */
  canSet(id: string): boolean {
    return this.#cart.has(id) || this.products.some((product) => product.id === id);
  }

  setQuantity(id: string, quantity: number): CartView {
    this.#cart.set(id, quantity);
    return this.#emitCart();
  }

  acceptPrices(): CartView {
    this.#cart.acceptPrices();
    return this.#emitCart();
  }

  changePrice(id: string, amount: number): CartView {
    this.#change(id, (product) => {
      this.#cart.recordPriceChange(id, product.price.amount);
      return { ...product, price: eur(amount) };
    });
    return this.#emitCart();
  }

  changeStock(id: string, available: number): CartView {
    this.#change(id, (product) => ({ ...product, available }));
    this.#emit({ name: 'stock', data: { productId: id, available } });
    return this.cart;
  }

  rename(id: string, name: string): CartView {
    this.#change(id, (product) => ({ ...product, name }));
    return this.#emitCart();
  }

  changePicture(id: string, imageUrl: string): CartView {
    this.#change(id, (product) => ({ ...product, picture: { imageUrl } }));
    return this.#emitCart();
  }

  withdraw(id: string): CartView {
    const at = this.products.findIndex((product) => product.id === id);
    const [product] = at < 0 ? [] : this.products.splice(at, 1);
    if (product !== undefined) this.#cart.withdraw(product);
    return this.#emitCart();
  }

  tokenFor({ number }: CardDetails): CardToken {
    const isBad = number === testCards.declined || number === testCards.insufficientFunds;
    const token = `tok_${isBad ? 'declined' : 'good'}${this.#cards.size + 1}`;
    const card = { token, brand: 'Visa', last4: number.slice(-4) };
    this.#cards.set(token, card);
    return card;
  }

  checkOut(request: CheckoutRequest, key: string): CheckoutResult {
    if (this.#checkouts.isOtherRequest(key, request)) return { problem: 'idempotency-key-reused' };
    const before = this.#checkouts.orderOf(key);
    if (before !== undefined) return { orderId: before };
    const problem = checkoutProblemOf(request, this.cart);
    if (problem !== undefined) return { problem };
    const orderId = this.#place(request);
    this.#checkouts.record(key, request, orderId);
    return { orderId };
  }

  /** By the key of a checkout. */
  placedOrder(key: string): string | undefined {
    return this.#checkouts.orderOf(key);
  }

  #place(request: CheckoutRequest): string {
    const orderId = `TW-MOCK${String(this.#orders.size + 1).padStart(4, '0')}`;
    const { lines, count, delivery, total } = this.cart;
    const details: OrderDetails = {
      orderId,
      status: 'submitted',
      placedAt: new Date().toISOString(),
      total,
      itemCount: count,
      version: 0,
      lines: lines.map(({ product, quantity, unitPrice }) => ({
        productId: product.id,
        name: product.name,
        quantity,
        unitPrice,
      })),
      delivery,
      contact: request.contact,
      address: request.address,
      payment: {},
      steps: [],
      canCancel: false,
      isSettled: false,
    };
    const { next: _next, ...view } = orderView(details);
    this.#orders.set(orderId, {
      details,
      view,
      card: this.#cards.get(request.payment.token),
      inside: { orderId, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', activities: [], apps: [] },
    });
    this.#cart.clear();
    this.#emitCart();
    this.#runSteps(orderId, orderSteps(request.payment.token));
    return orderId;
  }

  order(id: string): OrderView | undefined {
    return this.#orders.get(id)?.view;
  }

  inside(id: string): InsideView | undefined {
    return this.#orders.get(id)?.inside;
  }

  cancel(id: string): OrderView | undefined {
    const order = this.#orders.get(id);
    if (order === undefined || !order.view.canCancel) return undefined;
    clearTimeout(order.timer);
    const wasPaid = order.details.steps.some((step) => step.status === 'paid');
    this.#advance(id, { status: 'cancelled', triggeredBy: 'shopper', input: 'cancel' }, !wasPaid);
    if (wasPaid) this.#runSteps(id, [{ status: 'refunded', triggeredBy: 'payment', input: 'payment-refunded' }]);
    return this.order(id);
  }

  close(): void {
    for (const { timer } of this.#orders.values()) clearTimeout(timer);
    this.#listeners.clear();
  }

  #runSteps(orderId: string, steps: readonly MockOrderStep[]): void {
    const [step, ...rest] = steps;
    const order = this.#orders.get(orderId);
    if (step === undefined || order === undefined) return;
    order.timer = setTimeout(() => {
      this.#advance(orderId, step);
      this.#runSteps(orderId, rest);
    }, this.#stepMs);
  }

  #advance(orderId: string, change: MockOrderStep, isSettled = isTerminal(change.status)): void {
    const order = this.#orders.get(orderId);
    if (order === undefined) return;
    const { status } = change;
    const { details, card } = order;
    const version = details.version + 1;
    const isCardKnown = card !== undefined && (status === 'paid' || status === 'payment-failed');
    order.details = {
      ...details,
      payment: isCardKnown ? { brand: card.brand, last4: card.last4 } : details.payment,
      version,
      status,
      steps: [...details.steps, { ...change, version, at: new Date().toISOString() }],
      canCancel: !isTerminal(status) && status !== 'shipped',
      isSettled,
    };
    order.view = orderView(order.details);
    const step = order.view.steps.at(-1);
    if (step === undefined) return;
    const activities = [...order.inside.activities, ...activitiesOf(orderId, step)];
    order.inside = { ...order.inside, activities, apps: [...new Set(activities.map((activity) => activity.appId))] };
    this.#emit({ name: 'order', data: order.view });
    this.#emit({ name: 'inside', data: { orderId } });
  }

  #change(id: string, change: (product: Product) => Product): void {
    const at = this.products.findIndex((product) => product.id === id);
    const product = this.products[at];
    if (product !== undefined) this.products[at] = change(product);
  }

  #emitCart(): CartView {
    this.#emit({ name: 'cart', data: this.cart });
    return this.cart;
  }

  #emit(event: MockEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
