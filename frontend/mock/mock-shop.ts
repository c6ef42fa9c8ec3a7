import type { Product } from '@tidewater/contracts/catalog.ts';
import type { PaymentMethod } from '@tidewater/contracts/events.ts';
import { eur, plus, times } from '@tidewater/contracts/money.ts';
import { isEnd } from '@tidewater/contracts/order-status.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import type {
  CardDetails,
  CartLine,
  CartView,
  CheckoutRequest,
  InsideView,
  OrderStep,
  OrderView,
} from '@tidewater/contracts/storefront.ts';
import { mockProducts } from './goods.ts';
import type { WalkStep } from './order-walk.ts';
import { activitiesOf, orderWalk } from './order-walk.ts';

export interface MockNews {
  readonly name: 'cart' | 'order' | 'stock' | 'inside';
  readonly data: unknown;
}

interface Placed {
  view: OrderView;
  inside: InsideView;
  timer?: ReturnType<typeof setTimeout>;
}

/** One shopper's store, in memory. It forgets everything when it stops. */
export class MockShop {
  readonly products: Product[] = mockProducts();
  readonly #quantities = new Map<string, number>();
  /** What the shopper has seen, where the price is another one now. */
  readonly #seen = new Map<string, number>();
  readonly #orders = new Map<string, Placed>();
  readonly #byKey = new Map<string, string>();
  readonly #listeners = new Set<(news: MockNews) => void>();
  readonly #stepMs: number;

  constructor({ stepMs }: { readonly stepMs: number }) {
    this.#stepMs = stepMs;
  }

  subscribe(listener: (news: MockNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get cart(): CartView {
    const lines = [...this.#quantities].flatMap(([id, quantity]): CartLine[] => {
      const product = this.products.find((each) => each.id === id);
      if (product === undefined) return [];
      const seen = this.#seen.get(id);
      const unitPrice = seen === undefined ? product.price : eur(seen);
      return [
        {
          product,
          quantity,
          unitPrice,
          ...(seen === undefined ? {} : { newPrice: product.price }),
          lineTotal: times(unitPrice, quantity),
        },
      ];
    });
    const subtotal = lines.reduce((sum, line) => plus(sum, line.lineTotal), eur(0));
    const delivery = subtotal.amount === 0 || subtotal.amount >= 10_000 ? eur(0) : eur(590);
    return {
      lines,
      count: lines.reduce((sum, line) => sum + line.quantity, 0),
      subtotal,
      delivery,
      total: plus(subtotal, delivery),
      pricesChanged: lines.some((line) => line.newPrice !== undefined),
    };
  }

  get orders(): readonly OrderView[] {
    return [...this.#orders.values()].map(({ view }) => view).toReversed();
  }

  setQuantity(id: string, quantity: number): CartView {
    if (quantity === 0) this.#quantities.delete(id);
    else this.#quantities.set(id, quantity);
    return this.#tellCart();
  }

  acceptPrices(): CartView {
    this.#seen.clear();
    return this.#tellCart();
  }

  changePrice(id: string, amount: number): CartView {
    const at = this.products.findIndex((product) => product.id === id);
    const product = this.products[at];
    if (product !== undefined) {
      if (this.#quantities.has(id) && !this.#seen.has(id)) this.#seen.set(id, product.price.amount);
      this.products[at] = { ...product, price: eur(amount) };
    }
    return this.#tellCart();
  }

  tokenFor(card: CardDetails): PaymentMethod {
    const bad = card.number === testCards.declined || card.number === testCards.insufficientFunds;
    return { token: bad ? 'tok_declined' : 'tok_good', brand: 'visa', last4: card.number.slice(-4) };
  }

  checkOut(request: CheckoutRequest, key: string): string {
    const placed = this.#byKey.get(key);
    if (placed !== undefined) return placed;
    const orderId = `TW-MOCK${String(this.#orders.size + 1).padStart(4, '0')}`;
    const { lines, count, delivery, total } = this.cart;
    const view: OrderView = {
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
      payment: { brand: request.payment.brand, last4: request.payment.last4 },
      steps: [],
      canCancel: true,
    };
    this.#byKey.set(key, orderId);
    this.#orders.set(orderId, {
      view,
      inside: { orderId, traceId: '4bf92f3577b34da6a3ce929d0e0e4736', activities: [], apps: [] },
    });
    this.#quantities.clear();
    this.#tellCart();
    this.#advance(orderId, {
      status: 'submitted',
      by: 'shopper',
      story: 'You sent the order.',
      next: 'You have a moment to change your mind; then we look on the shelf.',
    });
    this.#walk(orderId, [...orderWalk(request.payment.token)]);
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
    const wasPaid = order.view.steps.some((step) => step.status === 'paid');
    this.#advance(id, {
      status: 'cancelled',
      by: 'shopper',
      story: 'You cancelled the order.',
      ...(wasPaid ? { next: 'We give the money back.' } : {}),
    });
    if (wasPaid)
      this.#walk(id, [{ status: 'refunded', by: 'payment', story: 'The money is on its way back to your card.' }]);
    return this.order(id);
  }

  close(): void {
    for (const { timer } of this.#orders.values()) clearTimeout(timer);
    this.#listeners.clear();
  }

  #walk(orderId: string, steps: readonly WalkStep[]): void {
    const [step, ...rest] = steps;
    const order = this.#orders.get(orderId);
    if (step === undefined || order === undefined) return;
    order.timer = setTimeout(() => {
      this.#advance(orderId, step);
      this.#walk(orderId, rest);
    }, this.#stepMs);
  }

  #advance(orderId: string, { status, by, story, next }: WalkStep): void {
    const order = this.#orders.get(orderId);
    if (order === undefined) return;
    const version = order.view.version + 1;
    const step: OrderStep = { version, status, at: new Date().toISOString(), story, by };
    const { next: _before, ...view } = order.view;
    const canCancel = !isEnd(status) && status !== 'shipped';
    order.view = {
      ...view,
      version,
      status,
      steps: [...view.steps, step],
      canCancel,
      ...(next === undefined ? {} : { next }),
    };
    const activities = [...order.inside.activities, ...activitiesOf(orderId, step)];
    order.inside = { ...order.inside, activities, apps: [...new Set(activities.map((activity) => activity.appId))] };
    this.#tell({ name: 'order', data: order.view });
    this.#tell({ name: 'inside', data: { orderId } });
  }

  #tellCart(): CartView {
    this.#tell({ name: 'cart', data: this.cart });
    return this.cart;
  }

  #tell(news: MockNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
