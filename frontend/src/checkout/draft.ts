import type { KeyValueStorage } from './attempt.ts';
import type { CheckoutFields } from './checkout-fields.ts';
import { emptyFields } from './checkout-fields.ts';

const storageKey = 'tidewater.parcel';
const storedFields = ['name', 'email', 'street', 'postcode', 'city', 'country'] as const;

/** Contact and address survive a reload of this tab; card data never does. */
export const readDraft = (storage: KeyValueStorage): CheckoutFields => {
  try {
    const stored: unknown = JSON.parse(storage.getItem(storageKey) ?? '{}');
    if (typeof stored !== 'object' || stored === null) return emptyFields;
    const texts = Object.entries(stored).filter(
      ([name, text]) => storedFields.some((each) => each === name) && typeof text === 'string',
    );
    return { ...emptyFields, ...Object.fromEntries(texts) };
  } catch {
    return emptyFields;
  }
};

export const saveDraft = (storage: KeyValueStorage, fields: CheckoutFields): void =>
  storage.setItem(storageKey, JSON.stringify(Object.fromEntries(storedFields.map((name) => [name, fields[name]]))));
