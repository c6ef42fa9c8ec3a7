import { useState } from 'react';
import { useShop } from '../data/shop.ts';
import { groupDigits, formatExpiry } from './card-check.ts';
import type { CheckoutFields, FieldErrors } from './checkout-fields.ts';
import { checkFields, dependentsOf, firstInvalid } from './checkout-fields.ts';
import { saveDraft, readDraft } from './draft.ts';
import type { FormState } from './field.tsx';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

export interface CheckoutForm {
  readonly form: FormState;
  readonly setErrors: (errors: FieldErrors) => void;
  /** False when a field is invalid; the first invalid field is focused. */
  readonly checkAll: () => boolean;
  readonly focusFirst: (errors: FieldErrors) => void;
  readonly fillCard: (number: string) => void;
}

/**
 * Field values and their errors: an error appears when a field loses the focus, and disappears while it is corrected.
 */
export const useCheckoutForm = (): CheckoutForm => {
  const { announcer } = useShop();
  const [fields, setFields] = useState<CheckoutFields>(() => readDraft(sessionStorage));
  const [errors, setErrors] = useState<FieldErrors>({});

  const form: FormState = {
    fields,
    errors,
    set(name, text) {
      const formatted = name === 'number' ? groupDigits(text) : name === 'expiry' ? formatExpiry(text) : text;
      const next = { ...fields, [name]: formatted };
      setFields(next);
      saveDraft(sessionStorage, next);
      const nextErrors = checkFields(next, today());
      const filled = dependentsOf(name).filter((each) => next[each] !== '');
      const shown = errors[name] === undefined ? filled : [name, ...filled];
      if (shown.length > 0)
        setErrors({ ...errors, ...Object.fromEntries(shown.map((each) => [each, nextErrors[each]])) });
    },
    blur(name) {
      if (fields[name] !== '') setErrors({ ...errors, [name]: checkFields(fields, today())[name] });
    },
  };

  const focusFirst = (invalid: FieldErrors): void => {
    const first = firstInvalid(invalid);
    if (first !== undefined) document.getElementById(`field-${first}`)?.focus();
  };

  const checkAll = (): boolean => {
    const invalid = checkFields(fields, today());
    setErrors(invalid);
    const count = Object.keys(invalid).length;
    if (count === 0) return true;
    announcer.announce(
      count === 1
        ? text('use-checkout-form.one-field-needs-another')
        : text('use-checkout-form.count-fields-need-another', { count }),
    );
    focusFirst(invalid);
    return false;
  };

  const fillCard = (number: string): void => {
    const expiry = `12/${String((today().getFullYear() + 3) % 100).padStart(2, '0')}`;
    setFields({ ...fields, number: groupDigits(number), expiry, cvc: '123' });
    setErrors({ ...errors, number: undefined, expiry: undefined, cvc: undefined });
  };

  return { form, setErrors, checkAll, focusFirst, fillCard };
};

const today = (): Date => new Date();
