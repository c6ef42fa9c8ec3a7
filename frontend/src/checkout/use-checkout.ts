import { useQueryClient } from '@tanstack/react-query';
import type { CardToken, CartView, CheckoutRequest, Problem } from '@tidewater/contracts/storefront.ts';
import { useCallback, useMemo, useRef, useState } from 'react';
import { useLocation } from 'wouter';
import { applyCart } from '../data/live-updates.ts';
import { ProblemError, problemOf } from '../data/problem-error.ts';
import { queryKeys } from '../data/query-keys.ts';
import { useShop } from '../data/shop.ts';
import { CheckoutAttempt, fingerprint } from './attempt.ts';
import type { CheckoutFields, FieldErrors } from './checkout-fields.ts';
import { addressOf, cardOf, contactOf, errorsOf, firstInvalid } from './checkout-fields.ts';
import type { FormState } from './field.tsx';
import { newKey } from './new-key.ts';
import { outcomeOf } from './outcome.ts';
import { useCheckoutForm } from './use-checkout-form.ts';
import type { RecoveryState } from './use-recovery.ts';
import { useRecovery } from './use-recovery.ts';
import { hrefs } from '../router/paths.ts';

export interface Checkout {
  readonly form: FormState;
  readonly problem: Problem | undefined;
  readonly isPaying: boolean;
  /** The state of an attempt whose response was lost. */
  readonly recovery: RecoveryState;
  readonly searchAgain: () => void;
  /** Set when an earlier attempt bought another cart than the one on the page. */
  readonly earlierOrderId: string | undefined;
  readonly fillCard: (number: string) => void;
  readonly pay: (cart: CartView) => Promise<void>;
}

export const useCheckout = (): Checkout => {
  const { api } = useShop();
  const { form, setErrors, checkAll, fillCard, focusFirst } = useCheckoutForm();
  const { problem, showProblem, clearProblem } = useCheckoutProblem(setErrors, focusFirst);
  const [isPaying, setPaying] = useState(false);
  const attempt = useMemo(() => new CheckoutAttempt(sessionStorage, newKey), []);
  // State changes with the next render; a second click can come before it.
  const isSubmitting = useRef(false);
  const tokens = useCardTokens();

  const { completeOrder, earlierOrderId, setEarlierOrderId } = useOrderCompletion(attempt);
  const recovery = useRecovery(attempt, completeOrder);

  const pay = async (cart: CartView): Promise<void> => {
    if (isSubmitting.current || !checkAll()) return;
    isSubmitting.current = true;
    clearProblem();
    setEarlierOrderId(undefined);
    setPaying(true);
    try {
      const open = attempt.open;
      // A changed cart gets a new key only when the old one bought nothing.
      if (open !== undefined && open.cartFingerprint !== fingerprint(cart) && (await isPlaced(open.key))) return;
      const token = await tokens.tokenFor(form.fields, open?.cartFingerprint === fingerprint(cart));
      const key = attempt.begin(cart);
      await send(requestOf(form.fields, cart, token), key, key === open?.key);
    } catch (error) {
      showProblem(problemOf(error));
    } finally {
      isSubmitting.current = false;
      setPaying(false);
    }
  };

  const isPlaced = async (key: string): Promise<boolean> => {
    try {
      const { orderId } = await api.placedOrder(key);
      recovery.reset();
      completeOrder(orderId);
      return true;
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 404) return false;
      throw error;
    }
  };

  const send = async (request: CheckoutRequest, key: string, isRepeated: boolean): Promise<void> => {
    try {
      const { orderId } = await api.checkOut(request, key);
      recovery.reset();
      completeOrder(orderId);
    } catch (error) {
      const outcome = outcomeOf(error, isRepeated);
      if (outcome === 'lost') return recovery.search();
      if (outcome === 'key-used' && (await isPlaced(key))) return;
      if (outcome !== 'still-open') {
        attempt.settle();
        recovery.reset();
      }
      showProblem(problemOf(error));
    }
  };

  return {
    form,
    problem,
    isPaying,
    recovery: recovery.state,
    searchAgain: recovery.search,
    earlierOrderId,
    fillCard,
    pay,
  };
};

/** Closes the attempt and shows its order, unless the cart on the page is another one than the order bought. */
const useOrderCompletion = (attempt: CheckoutAttempt) => {
  const client = useQueryClient();
  const [, navigate] = useLocation();
  const [earlierOrderId, setEarlierOrderId] = useState<string>();
  const completeOrder = useCallback(
    (orderId: string): void => {
      const boughtFingerprint = attempt.open?.cartFingerprint;
      const cart = client.getQueryData<CartView>(queryKeys.cart);
      attempt.settle();
      void client.invalidateQueries({ queryKey: queryKeys.cart });
      void client.invalidateQueries({ queryKey: queryKeys.orders });
      const isOtherCart = cart !== undefined && cart.lines.length > 0 && fingerprint(cart) !== boughtFingerprint;
      if (isOtherCart) setEarlierOrderId(orderId);
      else navigate(hrefs.order(orderId), { replace: true });
    },
    [attempt, client, navigate],
  );
  return { completeOrder, earlierOrderId, setEarlierOrderId };
};

/** A problem with its validation errors at their fields, and its cart in the cache. */
const useCheckoutProblem = (setErrors: (errors: FieldErrors) => void, focusFirst: (errors: FieldErrors) => void) => {
  const client = useQueryClient();
  const [problem, setProblem] = useState<Problem>();
  const showProblem = (newProblem: Problem): void => {
    if (newProblem.cart !== undefined) applyCart(client, newProblem.cart);
    const fieldErrors = errorsOf(newProblem);
    setErrors(fieldErrors);
    setProblem(newProblem);
    if (firstInvalid(fieldErrors) !== undefined) focusFirst(fieldErrors);
  };
  return { problem, showProblem, clearProblem: () => setProblem(undefined) };
};

const requestOf = (fields: CheckoutFields, cart: CartView, { token }: CardToken): CheckoutRequest => ({
  contact: contactOf(fields),
  address: addressOf(fields),
  payment: { token },
  expectedTotal: cart.total,
  cartVersion: cart.version,
});

/**
 * Card tokens. A repeated attempt sends the same token for the same card, so that the request is identical. Held in
 * memory only, and for this page only.
 */
const useCardTokens = () => {
  const { api } = useShop();
  const last = useRef<{ readonly card: string; readonly token: CardToken }>(undefined);
  return {
    async tokenFor(fields: CheckoutFields, isRepeated: boolean): Promise<CardToken> {
      const card = cardOf(fields);
      const cardKey = JSON.stringify(card);
      if (isRepeated && last.current?.card === cardKey) return last.current.token;
      const token = await api.tokenize(card, newKey());
      last.current = { card: cardKey, token };
      return token;
    },
  };
};
