import type { OutgoingEvent } from '@outrigger/sdk';
import type { Events, OrderCommand, OrderRecord } from '@tidewater/contracts/events.ts';
import { commandSchemas, eventSchemas } from '@tidewater/contracts/schemas.ts';
import { isValid, parse } from '@tidewater/kit/schema.ts';
import { storeMessage } from '@tidewater/kit/store-events.ts';
import { canCancel, isSettledBy, transitionEvents } from '../domain/order.ts';
import type { OrderChange, OrderContent } from '../domain/order-state.ts';
import { validParts } from '../schema/valid-parts.ts';

/** Every message of a change: its events and its commands. */
export const messagesOf = (order: OrderContent, change: OrderChange): readonly OutgoingEvent[] => [
  ...transitionEvents.map((type) => eventMessage(type, order, change)),
  ...change.commands.map((command) => commandMessage(order, command)),
];

function eventMessage(
  type: (typeof transitionEvents)[number],
  order: OrderContent,
  change: OrderChange,
): OutgoingEvent {
  switch (type) {
    case 'order.changed':
      return storeMessage(type, changedEvent(order, change));
    case 'order.recorded':
      return storeMessage(type, recordOf(order, change));
  }
}

/**
 * Pattern: integration event. What other services need to know of one change, and nothing else. Like the record it always
 * satisfies its schema: without `change`, its consumer reads the order.
 */
function changedEvent(order: OrderContent, change: OrderChange): Events['order.changed'] {
  const { orderId, shopperId } = order;
  const { version, status, at, triggeredBy, input, reason, missing } = change;
  const { brand, last4 } = order.payment;
  const event = { orderId, shopperId, version, status, at };
  const complete = {
    ...event,
    change: {
      triggeredBy,
      input,
      ...(reason !== undefined && { reason }),
      ...(missing !== undefined && { missing }),
      payment: { ...(brand !== undefined && { brand }), ...(last4 !== undefined && { last4 }) },
      canCancel: canCancel(status),
      isSettled: isSettledBy(change),
    },
  };
  return isValid(eventSchemas['order.changed'], complete) ? complete : event;
}

/**
 * Pattern: domain event. One change with all that the order's projection shows; no other service receives it. Always satisfies
 * its schema: an order that is stored must be able to end.
 */
export function recordOf(order: OrderContent, change: OrderChange): OrderRecord {
  const { orderId, shopperId, lines, total, delivery, payment, contact, address } = order;
  const record = { orderId, shopperId, ...change, lines, total, delivery, payment, contact, address };
  const schema = eventSchemas['order.recorded'];
  const valid = isValid(schema, record) ? record : { ...record, ...validParts(record) };
  return parse(schema, valid, `Version ${change.version} of order ${orderId}`);
}

/** Pattern: command message, addressed to one service, with what that service needs. */
export function commandMessage(order: OrderContent, command: OrderCommand): OutgoingEvent {
  const { orderId, shopperId, total } = order;
  const { payment, lines } = order;
  switch (command) {
    case 'reserve-stock':
      return storeMessage(command, {
        orderId,
        lines: lines.map(({ productId, quantity }) => ({ productId, quantity })),
      });
    case 'release-stock':
    case 'commit-stock':
    case 'restock':
      return storeMessage(command, { orderId });
    case 'charge':
    case 'unwind-payment':
      return storeMessage(
        command,
        parse(
          commandSchemas[command],
          { orderId, shopperId, total, token: payment.token },
          `The ${command} of an order`,
        ),
      );
  }
}
