import type { Memory } from './attempt.ts';
import type { CheckoutFields } from './checkout-fields.ts';
import { emptyFields } from './checkout-fields.ts';

const entry = 'tidewater.parcel';
const kept = ['name', 'email', 'street', 'postcode', 'city', 'country'] as const;

/** Contact and address outlive a reload of this tab; the card never does. */
export const readDraft = (memory: Memory): CheckoutFields => {
  try {
    const known: unknown = JSON.parse(memory.getItem(entry) ?? '{}');
    if (typeof known !== 'object' || known === null) return emptyFields;
    const texts = Object.entries(known).filter(
      ([name, text]) => kept.some((each) => each === name) && typeof text === 'string',
    );
    return { ...emptyFields, ...Object.fromEntries(texts) };
  } catch {
    return emptyFields;
  }
};

export const keepDraft = (memory: Memory, fields: CheckoutFields): void =>
  memory.setItem(entry, JSON.stringify(Object.fromEntries(kept.map((name) => [name, fields[name]]))));
