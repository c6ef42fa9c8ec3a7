import { useState } from 'react';
import { useShop } from '../data/shop.ts';
import { groupDigits, shapeExpiry } from './card-check.ts';
import type { CheckoutFields, FieldErrors } from './checkout-fields.ts';
import { checkFields, dependentsOf, firstWrong } from './checkout-fields.ts';
import { keepDraft, readDraft } from './draft.ts';
import type { Form } from './field.tsx';

export interface CheckoutForm {
  readonly form: Form;
  readonly setErrors: (errors: FieldErrors) => void;
  /** False when a field is wrong; the first of them gets the focus. */
  readonly checkAll: () => boolean;
  readonly focusFirst: (errors: FieldErrors) => void;
  readonly useCard: (number: string) => void;
}

/** The fields with what is wrong in each: said when a field is left, taken back while it is corrected. */
export const useCheckoutForm = (): CheckoutForm => {
  const { announcer } = useShop();
  const [fields, setFields] = useState<CheckoutFields>(() => readDraft(sessionStorage));
  const [errors, setErrors] = useState<FieldErrors>({});

  const form: Form = {
    fields,
    errors,
    set(name, text) {
      const shaped = name === 'number' ? groupDigits(text) : name === 'expiry' ? shapeExpiry(text) : text;
      const next = { ...fields, [name]: shaped };
      setFields(next);
      keepDraft(sessionStorage, next);
      const found = checkFields(next, today());
      const filled = dependentsOf(name).filter((each) => next[each] !== '');
      const shown = errors[name] === undefined ? filled : [name, ...filled];
      if (shown.length > 0) setErrors({ ...errors, ...Object.fromEntries(shown.map((each) => [each, found[each]])) });
    },
    leave(name) {
      if (fields[name] !== '') setErrors({ ...errors, [name]: checkFields(fields, today())[name] });
    },
  };

  const focusFirst = (wrong: FieldErrors): void => {
    const first = firstWrong(wrong);
    if (first !== undefined) document.getElementById(`field-${first}`)?.focus();
  };

  const checkAll = (): boolean => {
    const wrong = checkFields(fields, today());
    setErrors(wrong);
    const count = Object.keys(wrong).length;
    if (count === 0) return true;
    announcer.say(count === 1 ? 'One field needs another look.' : `${count} fields need another look.`);
    focusFirst(wrong);
    return false;
  };

  const useCard = (number: string): void => {
    const expiry = `12/${String((today().getFullYear() + 3) % 100).padStart(2, '0')}`;
    setFields({ ...fields, number: groupDigits(number), expiry, cvc: '123' });
    setErrors({ ...errors, number: undefined, expiry: undefined, cvc: undefined });
  };

  return { form, setErrors, checkAll, focusFirst, useCard };
};

const today = (): Date => new Date();
