import { Type } from 'typebox';
import type { TSchema } from 'typebox';
import type { Address } from '@tidewater/contracts/events.ts';
import { eur } from '@tidewater/contracts/money.ts';
import {
  address as addressSchema,
  cardSummary,
  contact as contactSchema,
  money,
  maxLines,
  object,
  orderLine,
  orderRecord,
} from '@tidewater/contracts/schemas.ts';
import type { ValueOf } from '@tidewater/contracts/schemas.ts';
import { cardToken } from '@tidewater/contracts/text-schemas.ts';
import { check, isValid } from '@tidewater/kit/schema.ts';
import type { Order, OrderContent } from '../domain/order-state.ts';

type OrderParts = Pick<OrderContent, 'lines' | 'contact' | 'address' | 'payment' | 'delivery' | 'total'>;

/**
 * The parts of an order that its records can carry: valid parts unchanged, invalid ones replaced by placeholders. For orders
 * that must reach an end although their data is invalid, and for orders of versions with fewer checks.
 */
export function validParts(value: unknown): OrderParts {
  const { lines, contact, address, payment, delivery, total } = membersOf(value);
  const { name, email } = membersOf(contact);
  const { token, brand, last4 } = membersOf(payment);
  return {
    lines: (Array.isArray(lines) ? lines.slice(0, maxLines) : []).flatMap((line) => validOr(orderLine, line, [])),
    contact: {
      name: validOr(contactSchema.properties.name, name, 'Unknown'),
      email: validOr(contactSchema.properties.email, email, 'unknown@example.invalid'),
    },
    address: validAddress(membersOf(address)),
    payment: { token: validOr(cardToken, token, 'tok_unknown'), ...validOr(cardSummary, { brand, last4 }, {}) },
    delivery: validOr(money, delivery, eur(0)),
    total: validOr(money, total, eur(0)),
  };
}

/**
 * The order as it can be stored: databases reject some text that earlier versions accepted. The same object when all of it is
 * valid.
 */
export function storableOrder(order: Order): Order {
  const { lines, contact, address, payment, delivery, total } = order;
  const isStorable =
    isValid(contentSchema, { lines, contact, address, payment, delivery, total }) &&
    order.changes.every(({ reason }) => isValid(reasonSchema, reason ?? ''));
  if (isStorable) return order;
  const changes = order.changes.map(({ reason, ...change }) =>
    reason === undefined ? change : { ...change, reason: validOr(reasonSchema, reason, 'The payment failed.') },
  );
  return { ...order, ...validParts(order), changes };
}

const { lines, contact, address, delivery, total } = orderRecord.properties;
const { brand, last4 } = orderRecord.properties.payment.properties;
const contentSchema = object({
  lines,
  contact,
  address,
  delivery,
  total,
  payment: object({ token: cardToken, brand, last4 }),
});
const reasonSchema = Type.Union([orderRecord.properties.reason, Type.Literal('')]);

function validAddress({ street, postcode, city, country }: Readonly<Record<string, unknown>>): Address {
  const { properties } = addressSchema;
  const texts = {
    street: validOr(properties.street, street, 'Unknown'),
    city: validOr(properties.city, city, 'Unknown'),
  };
  // A postcode is valid in its country only.
  const fullAddress = { ...texts, postcode, country };
  return validOr(addressSchema, fullAddress, { ...texts, postcode: '00000', country: 'DE' });
}

/** The parsed value, or `fallback` when it is invalid. */
export function validOr<T extends TSchema, O>(schema: T, value: unknown, fallback: O): ValueOf<T> | O {
  return isValid(schema, value) ? (check(schema, value).value as ValueOf<T>) : fallback;
}

export const membersOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
