import type { MessageType } from '@tidewater/contracts/events.ts';
import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import { testCards } from '@tidewater/contracts/payment-provider.ts';
import { topics } from '@tidewater/contracts/topics.ts';
import { orderOf, type StoredEvent } from '../harness/broker.ts';
import type { Shopper } from '../harness/shopper.ts';
import type { FaultsFixture } from './fixture.ts';

/** One message of the order process that is lost, and the status in which the order must end nevertheless. */
export interface Hop {
  readonly name: string;
  readonly end: OrderStatus;
  /** Buys one item and deletes the message before its consumer has read it. */
  lose(buyer: Buyer): Promise<Lost>;
}

export interface Buyer {
  readonly fixture: FaultsFixture;
  readonly shopper: Shopper;
  readonly productId: string;
}

export interface Lost {
  readonly orderId: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

interface Loss {
  readonly app: string;
  readonly topic: string;
  readonly isTarget: (event: StoredEvent) => boolean;
  /** Triggers the message while `app` reads nothing of the topic; returns the order's id. */
  readonly cause: () => Promise<string>;
}

async function losing({ broker }: FaultsFixture, { app, topic, isTarget, cause }: Loss): Promise<Lost> {
  const from = await broker.next(topic);
  const release = await broker.hold(app, topic);
  try {
    const orderId = await cause();
    await broker.remove(topic, from, (event) => orderOf(event) === orderId && isTarget(event));
    return { orderId, at: Date.now() };
  } finally {
    await release();
  }
}

const isType =
  (type: MessageType) =>
  (event: StoredEvent): boolean =>
    event.type === type;
const hasStatus =
  (status: OrderStatus) =>
  ({ data }: StoredEvent): boolean =>
    data.status === status;

const cancel = async (shopper: Shopper, orderId: string): Promise<string> => {
  const { status, body } = await shopper.request('POST', `/api/orders/${orderId}/cancel`);
  if (status !== 202) throw new Error(`cancelling ${orderId}: ${status} ${JSON.stringify(body)}`);
  return orderId;
};

/** An order that waits for the event of payment until `release` is called. */
async function unpaid({ fixture, shopper, productId }: Buyer, card?: string) {
  const release = await fixture.broker.hold('order', topics.payments);
  const orderId = await shopper.buy(productId, { card });
  await shopper.passes(orderId, 'awaiting-payment');
  return { orderId, release };
}

async function paid({ shopper, productId }: Buyer): Promise<string> {
  const orderId = await shopper.buy(productId);
  await shopper.passes(orderId, 'paid');
  return orderId;
}

const toOrder: readonly Hop[] = [
  {
    name: 'cart to order: cart.checked-out',
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.carts,
        isTarget: isType('cart.checked-out'),
        cause: () => shopper.buy(productId),
      }),
  },
  {
    name: 'catalog to order: stock.reserved',
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.stock,
        isTarget: isType('stock.reserved'),
        cause: () => shopper.buy(productId),
      }),
  },
  {
    name: 'catalog to order: stock.rejected',
    end: 'rejected',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.stock,
        isTarget: isType('stock.rejected'),
        async cause() {
          const orderId = await shopper.buy(productId);
          // Sold out between the order and the reservation.
          await fixture.ledger.setStock(productId, 0);
          return orderId;
        },
      }),
  },
  {
    name: 'payment to order: payment.captured',
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.payments,
        isTarget: isType('payment.captured'),
        cause: () => shopper.buy(productId),
      }),
  },
  {
    name: 'payment to order: payment.declined',
    end: 'payment-failed',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.payments,
        isTarget: isType('payment.declined'),
        cause: () => shopper.buy(productId, { card: testCards.declined }),
      }),
  },
  {
    name: 'payment to order: payment.refunded',
    end: 'refunded',
    async lose(buyer) {
      const orderId = await paid(buyer);
      return losing(buyer.fixture, {
        app: 'order',
        topic: topics.payments,
        isTarget: isType('payment.refunded'),
        cause: () => cancel(buyer.shopper, orderId),
      });
    },
  },
  {
    name: 'order to payment, charge; payment to order: payment.voided',
    end: 'cancelled',
    async lose({ fixture, shopper, productId }) {
      const { broker } = fixture;
      const from = await broker.next(topics.paymentCommands);
      const unread = await broker.hold('payment', topics.paymentCommands);
      try {
        return await losing(fixture, {
          app: 'order',
          topic: topics.payments,
          isTarget: isType('payment.voided'),
          async cause() {
            const orderId = await shopper.buy(productId);
            await shopper.passes(orderId, 'awaiting-payment');
            await cancel(shopper, orderId);
            // Payment never receives the charge command, so there is nothing to refund.
            await broker.remove(
              topics.paymentCommands,
              from,
              (event) => orderOf(event) === orderId && isType('charge')(event),
            );
            await unread();
            return orderId;
          },
        });
      } finally {
        await unread();
      }
    },
  },
];

const fromOrder: readonly Hop[] = [
  {
    name: 'order to catalog: reserve-stock',
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'catalog',
        topic: topics.stockCommands,
        isTarget: isType('reserve-stock'),
        cause: () => shopper.buy(productId),
      }),
  },
  {
    name: 'order to catalog: commit-stock',
    end: 'delivered',
    async lose(buyer) {
      const { orderId, release } = await unpaid(buyer);
      return losing(buyer.fixture, {
        app: 'catalog',
        topic: topics.stockCommands,
        isTarget: isType('commit-stock'),
        cause: () => release().then(() => orderId),
      });
    },
  },
  {
    name: 'order to catalog: release-stock after a declined card',
    end: 'payment-failed',
    async lose(buyer) {
      const { orderId, release } = await unpaid(buyer, testCards.declined);
      return losing(buyer.fixture, {
        app: 'catalog',
        topic: topics.stockCommands,
        isTarget: isType('release-stock'),
        cause: () => release().then(() => orderId),
      });
    },
  },
  {
    name: 'order to catalog: restock after a paid order is cancelled',
    end: 'refunded',
    async lose(buyer) {
      const orderId = await paid(buyer);
      return losing(buyer.fixture, {
        app: 'catalog',
        topic: topics.stockCommands,
        isTarget: isType('restock'),
        cause: () => cancel(buyer.shopper, orderId),
      });
    },
  },
  {
    name: 'order to payment: charge',
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'payment',
        topic: topics.paymentCommands,
        isTarget: isType('charge'),
        cause: () => shopper.buy(productId),
      }),
  },
  {
    name: 'order to payment: unwind-payment',
    end: 'refunded',
    async lose(buyer) {
      const orderId = await paid(buyer);
      return losing(buyer.fixture, {
        app: 'payment',
        topic: topics.paymentCommands,
        isTarget: isType('unwind-payment'),
        cause: () => cancel(buyer.shopper, orderId),
      });
    },
  },
  ...(['submitted', 'paid', 'delivered'] as const).map((status): Hop => ({
    name: `order to its projection: ${status}`,
    end: 'delivered',
    lose: ({ fixture, shopper, productId }) =>
      losing(fixture, {
        app: 'order',
        topic: topics.orderRecords,
        isTarget: hasStatus(status),
        cause: () => shopper.buy(productId),
      }),
  })),
];

export const hops: readonly Hop[] = [...toOrder, ...fromOrder];
