import type { CartView, Problem } from '@tidewater/contracts/storefront.ts';
import { useMemo, useRef, useState } from 'react';
import { tellCart } from '../data/live-news.ts';
import { ProblemError, problemOf } from '../data/problem-error.ts';
import { useShop } from '../data/shop.ts';
import { useNavigation } from '../router/use-navigation.ts';
import { CheckoutAttempt } from './attempt.ts';
import { groupDigits, shapeExpiry } from './card-check.ts';
import type { CheckoutFields, FieldErrors, FieldName } from './checkout-fields.ts';
import { addressOf, cardOf, checkFields, contactOf, errorsOf, firstWrong } from './checkout-fields.ts';
import { keepDraft, readDraft } from './draft.ts';
import type { Form } from './field.tsx';
import { newKey } from './new-key.ts';

export interface Checkout {
  readonly form: Form;
  readonly problem: Problem | undefined;
  readonly isPaying: boolean;
  /** An earlier attempt was sent, and its answer never came. */
  readonly hasOpenAttempt: boolean;
  readonly useCard: (number: string) => void;
  readonly pay: (cart: CartView) => Promise<void>;
}

export const useCheckout = (): Checkout => {
  const { api, cache, announcer } = useShop();
  const navigation = useNavigation();
  const [fields, setFields] = useState<CheckoutFields>(() => readDraft(sessionStorage));
  const [errors, setErrors] = useState<FieldErrors>({});
  const [problem, setProblem] = useState<Problem>();
  const [isPaying, setPaying] = useState(false);
  const attempt = useMemo(() => new CheckoutAttempt(sessionStorage, newKey), []);
  const [hasOpenAttempt] = useState(() => attempt.isOpen);
  // State arrives with the next render, a second click may not wait for it.
  const isUnderway = useRef(false);

  const form: Form = {
    fields,
    errors,
    set(name, text) {
      const shaped = name === 'number' ? groupDigits(text) : name === 'expiry' ? shapeExpiry(text) : text;
      const next = { ...fields, [name]: shaped };
      setFields(next);
      keepDraft(sessionStorage, next);
      if (errors[name] !== undefined) setErrors({ ...errors, [name]: checkFields(next, today())[name] });
    },
    leave(name) {
      if (fields[name] !== '') setErrors({ ...errors, [name]: checkFields(fields, today())[name] });
    },
  };

  const pay = async (cart: CartView): Promise<void> => {
    if (isUnderway.current) return;
    const wrong = checkFields(fields, today());
    setErrors(wrong);
    setProblem(undefined);
    const first = firstWrong(wrong);
    if (first !== undefined) {
      announcer.say(`${Object.keys(wrong).length} fields need another look.`);
      focusField(first);
      return;
    }
    isUnderway.current = true;
    setPaying(true);
    try {
      const key = attempt.keyFor(cart);
      const payment = await api.tokenize(cardOf(fields), newKey());
      const { orderId } = await api.checkOut(
        { contact: contactOf(fields), address: addressOf(fields), payment, expectedTotal: cart.total },
        key,
      );
      attempt.settle(orderId);
      cache.refresh('cart');
      cache.refresh('orders');
      navigation.go({ page: 'order', orderId }, 'replace');
    } catch (error) {
      refused(error);
    } finally {
      isUnderway.current = false;
      setPaying(false);
    }
  };

  const refused = (error: unknown): void => {
    const found = problemOf(error);
    // Without an answer, or with a failure behind the shop's door, the order may stand: the same key asks again.
    const isAnswered = error instanceof ProblemError && !error.isUnanswered && found.status < 500;
    if (isAnswered) attempt.settle();
    if (found.cart !== undefined) tellCart(cache, found.cart);
    const atFields = errorsOf(found);
    setErrors(atFields);
    setProblem(
      isAnswered
        ? found
        : {
            ...found,
            detail: `${found.detail} Press the button again when you are ready: you will not be charged twice.`,
          },
    );
    const first = firstWrong(atFields);
    if (first !== undefined) focusField(first);
  };

  const useCard = (number: string): void => {
    const expiry = `12/${String((today().getFullYear() + 3) % 100).padStart(2, '0')}`;
    setFields({ ...fields, number: groupDigits(number), expiry, cvc: '123' });
    setErrors({ ...errors, number: undefined, expiry: undefined, cvc: undefined });
  };

  return { form, problem, isPaying, hasOpenAttempt, useCard, pay };
};

const focusField = (name: FieldName): void => document.getElementById(`field-${name}`)?.focus();

const today = (): Date => new Date();
