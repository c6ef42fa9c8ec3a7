import type { CartView } from '@tidewater/contracts/storefront.ts';
import { useState } from 'react';
import { PriceNotice } from '../cart/price-notice.tsx';
import { UnavailableNotice } from '../cart/unavailable-notice.tsx';
import { CheckoutForm } from '../checkout/checkout-form.tsx';
import { NothingToPay } from '../checkout/nothing-to-pay.tsx';
import { RecoveryNotice } from '../checkout/recovery-notice.tsx';
import { useBoughtElsewhere } from '../checkout/use-bought-elsewhere.ts';
import type { Checkout } from '../checkout/use-checkout.ts';
import { useCheckout } from '../checkout/use-checkout.ts';
import { PageHeading } from '../components/page-heading.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { LoadingText, Skeleton } from '../components/skeleton.tsx';
import { useCart } from '../cart/use-cart.ts';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

export const CheckoutPage = () => {
  const { data: cart, problem, refresh, willRetry } = useCart();
  const checkout = useCheckout();
  return (
    <div className="page">
      <PageHeading title={text('checkout.check-out')}>{text('checkout.check-out')}</PageHeading>
      {cart !== undefined ? (
        <Content cart={cart} checkout={checkout} />
      ) : problem !== undefined ? (
        <ProblemNotice problem={problem} onRetry={refresh} willRetry={willRetry} />
      ) : (
        <CheckoutSkeleton />
      )}
    </div>
  );
};

const Content = ({ cart, checkout }: { readonly cart: CartView; readonly checkout: Checkout }) => {
  const shown = useShownCart(cart, checkout);
  const elsewhere = useBoughtElsewhere(cart);
  if (shown !== undefined) {
    return (
      <>
        <UnavailableNotice cart={cart} />
        <CheckoutForm cart={shown} checkout={checkout} />
        <PriceNotice cart={shown} />
      </>
    );
  }
  if (checkout.recovery === 'searching' || checkout.recovery === 'unknown')
    return <RecoveryNotice state={checkout.recovery} onSearch={checkout.searchAgain} />;
  return (
    <>
      <UnavailableNotice cart={cart} />
      <NothingToPay {...elsewhere} wasPlacedLate={checkout.recovery === 'not-placed'} />
    </>
  );
};

/**
 * The cart that the form shows. The order empties the cart before its response arrives, or when the response is lost;
 * until the outcome is known, the form shows the previous cart.
 */
const useShownCart = (cart: CartView, { isPaying, recovery }: Checkout): CartView | undefined => {
  const isFilled = cart.lines.length > 0;
  const [last, setLast] = useState<CartView>();
  if (isFilled && cart !== last) setLast(cart);
  if (isFilled) return cart;
  return isPaying || recovery === 'searching' || recovery === 'unknown' ? last : undefined;
};

const CheckoutSkeleton = () => (
  <div className="split">
    <LoadingText what={text('checkout.the-checkout')} />
    <div className="form-sections">
      <Skeleton className="form-placeholder" />
    </div>
    <div className="summary">
      <Skeleton className="summary-placeholder" />
    </div>
  </div>
);
