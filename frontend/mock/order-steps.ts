import type { OrderStatus } from '@tidewater/contracts/order-status.ts';
import type { OrderStepDetails } from '@tidewater/contracts/orders.ts';
import type { InsideActivity, OrderStep } from '@tidewater/contracts/storefront.ts';

export type MockOrderStep = Omit<OrderStepDetails, 'version' | 'at'>;

/** The steps of an order in the mock; the token decides whether the payment fails. */
export const orderSteps = (token: string): readonly MockOrderStep[] => {
  const start: readonly MockOrderStep[] = [
    { status: 'submitted', triggeredBy: 'cart', input: 'submit' },
    { status: 'awaiting-stock', triggeredBy: 'order', input: 'grace-ended' },
    { status: 'awaiting-payment', triggeredBy: 'catalog', input: 'stock-reserved' },
  ];
  if (token.includes('declined'))
    return [
      ...start,
      {
        status: 'payment-failed',
        triggeredBy: 'payment',
        input: 'payment-declined',
        reason: 'The card was declined',
      },
    ];
  return [
    ...start,
    { status: 'paid', triggeredBy: 'payment', input: 'payment-captured' },
    { status: 'packed', triggeredBy: 'order', input: 'packing-finished' },
    { status: 'shipped', triggeredBy: 'order', input: 'parcel-collected' },
    { status: 'delivered', triggeredBy: 'order', input: 'parcel-delivered' },
  ];
};

const serviceByStatus: Partial<Record<OrderStatus, string>> = {
  'awaiting-payment': 'catalog',
  paid: 'payment',
  'payment-failed': 'payment',
};

type Add = (
  appId: string,
  kind: string,
  name: string,
  ms: readonly [startAfterMs: number, elapsedMs: number],
  parent?: InsideActivity,
  more?: Partial<InsideActivity>,
) => InsideActivity;

/**
 * The activities that sidecars would record for one change of an order: a small tree below the reminder or event that
 * caused it.
 */
export const activitiesOf = (orderId: string, step: OrderStep): InsideActivity[] => {
  const service = serviceByStatus[step.status];
  const activities: InsideActivity[] = [];
  const add: Add = (appId, kind, name, [startAfterMs, elapsedMs], parent, more) => {
    const activity: InsideActivity = {
      spanId: `${orderId}-${step.version}-${activities.length}`,
      ...(parent === undefined ? {} : { parentSpanId: parent.spanId }),
      appId,
      kind,
      name,
      startedAt: Date.parse(step.at) + startAfterMs,
      durationMs: elapsedMs,
      outcome: 'ok',
      attributes: { order: orderId, version: step.version },
      ...more,
    };
    activities.push(activity);
    return activity;
  };
  const body = JSON.stringify({ orderId, version: step.version, status: step.status, text: step.text });
  const cause =
    step.version === 1
      ? checkoutActivities(add, orderId, body)
      : service === undefined
        ? add('order', 'reminder.fire', `order/${orderId}/next`, [0, 16])
        : serviceActivities(add, service, body);
  const turn = add(
    'order',
    'actor.turn',
    `order/${orderId}`,
    [cause.startedAt - Date.parse(step.at) + 1.2, 8.8],
    cause,
    { input: body },
  );
  const from = turn.startedAt - Date.parse(step.at);
  add('order', 'state.get', 'statestore', [from + 0.4, 0.9], turn);
  add('order', 'reminder.set', `order/${orderId}/next`, [from + 3, 0.3], turn);
  const commit = add('order', 'actor.commit', `order/${orderId}`, [from + 5.2, 3.1], turn);
  const publish = add('order', 'publish', 'orders', [from + 9.3, 1.7], commit, { input: body });
  add('storefront', 'deliver', 'orders', [from + 12, 2.1], publish, { input: `${body.slice(0, 60)}` });
  return activities;
};

/** A checkout from the storefront to the order service. Returns the delivery of its event. */
const checkoutActivities = (add: Add, orderId: string, body: string): InsideActivity => {
  const call = add('storefront', 'invoke.send', 'POST cart/checkout', [0, 14.2], undefined, {
    input: body,
    output: JSON.stringify({ orderId }),
  });
  const received = add('cart', 'invoke.receive', 'POST checkout', [1.1, 12.6], call);
  const turn = add('cart', 'actor.turn', 'cart/guest/checkOut', [2, 9.4], received, { input: body });
  add('cart', 'state.get', 'statestore', [2.4, 1.2], turn);
  const commit = add('cart', 'actor.commit', 'cart/guest', [8.1, 2.9], turn);
  const relay = add('cart', 'outbox.relay', 'carts', [12, 2.2], commit);
  return add(
    'order',
    'deliver',
    'carts',
    [16.4, 11.8],
    add('cart', 'publish', 'carts', [12.4, 1.6], relay, { input: body }),
    { input: body },
  );
};

/** A command that a service handles, and the delivery of its event to the order service, which is returned. */
const serviceActivities = (add: Add, service: string, body: string): InsideActivity => {
  const received = add(service, 'deliver', 'orders', [0, 22], undefined, { input: body });
  if (service === 'payment') {
    add('payment', 'retry', 'POST provider/authorizations', [3, 6], received, {
      outcome: 'error',
      error: { code: 'PROVIDER_UNAVAILABLE', message: 'The provider responded 503; retried after 50 ms.' },
      attributes: { attempt: 1 },
    });
    add('payment', 'invoke.send', 'POST provider/authorizations', [59, 18], received, { attributes: { attempt: 2 } });
  }
  return add(
    'order',
    'deliver',
    service === 'payment' ? 'payments' : 'stock',
    [24, 13],
    add(service, 'publish', service === 'payment' ? 'payments' : 'stock', [18, 2], received, { input: body }),
    { input: body },
  );
};
