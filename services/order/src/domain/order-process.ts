import type { OrderRecord } from '@tidewater/contracts/events.ts';
import { receiverOf } from '@tidewater/contracts/topics.ts';
import { responses, transitionFor } from './order.ts';
import type { OrderInput } from './order.ts';
import type { Order, OrderChange, OrderContent } from './order-state.ts';
import { expectInvariants } from './order-values.ts';

/** A new order, at version 1. Throws an `InvariantError` when its content breaks a rule. */
export function submitOrder(content: OrderContent, at: string): Order {
  expectInvariants(content);
  return created(content, at);
}

/** An order whose request can never be processed: it ends as soon as it exists. Its content may break the rules. */
export function rejectedOrder(content: OrderContent, reason: string, at: string): Order {
  return advanceOrder(created(content, at), { kind: 'processing-failed', reason, service: 'order' }, at);
}

/** The order after an input. The same object when the input changes nothing. A pure function. */
export function advanceOrder(order: Order, input: OrderInput, at: string): Order {
  const transition = transitionFor(order, input);
  if (transition === undefined) return order;
  const details = {
    ...(input.kind === 'payment-declined' && { reason: input.reason }),
    ...(input.kind === 'stock-rejected' && { missing: input.missing }),
  };
  const change = { ...transition, triggeredBy: triggeredBy(input), input: input.kind, ...details };
  return withChange(withCard(order, input), change, at);
}

const created = (content: OrderContent, at: string): Order =>
  withChange(
    { ...content, changes: [] },
    { status: 'submitted', triggeredBy: 'cart', input: 'submit', commands: [] },
    at,
  );

function withChange(order: Order, change: Omit<OrderChange, 'version' | 'at'>, at: string): Order {
  return { ...order, changes: [...order.changes, { ...change, version: order.changes.length + 1, at }] };
}

/** From the provider, by way of payment. */
function withCard(order: Order, input: OrderInput): Order {
  if (!('card' in input) || input.card === undefined) return order;
  const { brand, last4 } = input.card;
  return { ...order, payment: { ...order.payment, brand, last4 } };
}

function triggeredBy(input: OrderInput): OrderRecord['triggeredBy'] {
  if (input.kind === 'processing-failed') {
    const { service } = input;
    return service === 'catalog' || service === 'payment' || service === 'cart' ? service : 'order';
  }
  const command = responses[input.kind];
  if (command !== undefined) return receiverOf(command);
  return input.kind === 'cancel' ? 'shopper' : 'order';
}
