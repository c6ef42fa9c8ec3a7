import type { CartView } from '@tidewater/contracts/storefront.ts';
import { PriceNotice } from '../cart/price-notice.tsx';
import { Totals } from '../cart/totals.tsx';
import type { Checkout } from '../checkout/use-checkout.ts';
import { useCheckout } from '../checkout/use-checkout.ts';
import { countries } from '../checkout/checkout-fields.ts';
import { Field, FieldError } from '../checkout/field.tsx';
import { TestCards } from '../checkout/test-cards.tsx';
import { formatMoney } from '../format/money.ts';
import { PageHeading } from '../parts/page-heading.tsx';
import { ProblemNotice } from '../parts/problem-notice.tsx';
import { LoadingWords, Skeleton } from '../parts/skeleton.tsx';
import { Link } from '../router/link.tsx';
import { useCart } from '../shell/use-cart.ts';

export const CheckoutPage = () => {
  const { data: cart, problem, refresh } = useCart();
  const checkout = useCheckout();
  return (
    <div className="page">
      <PageHeading title="Check out">Check out</PageHeading>
      {cart === undefined ? (
        problem === undefined ? (
          <CheckoutSkeleton />
        ) : (
          <ProblemNotice problem={problem} onRetry={refresh} />
        )
      ) : cart.lines.length === 0 && !checkout.isPaying ? (
        <NothingToPay hasOpenAttempt={checkout.hasOpenAttempt} />
      ) : (
        <CheckoutForm cart={cart} checkout={checkout} />
      )}
    </div>
  );
};

const CheckoutForm = ({ cart, checkout }: { readonly cart: CartView; readonly checkout: Checkout }) => {
  const { form, problem, isPaying } = checkout;
  return (
    <>
      <form
        className="split"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          void checkout.pay(cart);
        }}
      >
        <div className="form-parts">
          <fieldset>
            <legend>Contact</legend>
            <div className="fields">
              <Field form={form} name="name" label="Name" autoComplete="name" className="half" />
              <Field
                form={form}
                name="email"
                label="E-mail"
                type="email"
                inputMode="email"
                autoComplete="email"
                className="half"
              />
            </div>
          </fieldset>
          <fieldset>
            <legend>Address</legend>
            <div className="fields">
              <Field form={form} name="street" label="Street and number" autoComplete="address-line1" />
              <Field form={form} name="postcode" label="Postcode" autoComplete="postal-code" className="third" />
              <Field form={form} name="city" label="Town" autoComplete="address-level2" className="two-thirds" />
              <CountryField checkout={checkout} />
            </div>
          </fieldset>
          <fieldset>
            <legend>Delivery</legend>
            <p className="fact-row">
              <span>
                By parcel, two to four days
                <span className="quiet small"> · packed by hand, tracked on your order’s page</span>
              </span>
              <span className="figures">{cart.delivery.amount === 0 ? 'Free' : formatMoney(cart.delivery)}</span>
            </p>
          </fieldset>
          <fieldset>
            <legend>Payment</legend>
            <p className="quiet small">The card goes straight to the payment provider. We never see or keep it.</p>
            <div className="fields">
              <Field
                form={form}
                name="number"
                label="Card number"
                inputMode="numeric"
                autoComplete="cc-number"
                className="figures"
                maxLength={23}
              />
              <Field
                form={form}
                name="expiry"
                label="Good until (MM/YY)"
                inputMode="numeric"
                autoComplete="cc-exp"
                className="figures half"
                maxLength={7}
              />
              <Field
                form={form}
                name="cvc"
                label="Security code"
                inputMode="numeric"
                autoComplete="cc-csc"
                className="figures half"
                maxLength={4}
              />
            </div>
            <TestCards onUse={checkout.useCard} />
          </fieldset>
        </div>
        <aside className="summary" aria-label="Summary">
          <h2>Your order</h2>
          <ul className="summary-lines">
            {cart.lines.map(({ product, quantity, lineTotal }) => (
              <li key={product.id}>
                <span>
                  <span className="figures">{quantity} ×</span> {product.name}
                </span>
                <span className="figures">{formatMoney(lineTotal)}</span>
              </li>
            ))}
          </ul>
          <Totals subtotal={cart.subtotal} delivery={cart.delivery} total={cart.total} />
          {problem === undefined ? null : <ProblemNotice problem={problem} />}
          <button
            type="submit"
            className="button wide"
            disabled={cart.pricesChanged}
            aria-disabled={isPaying}
            aria-busy={isPaying}
          >
            {isPaying ? 'Paying…' : `Pay ${formatMoney(cart.total)}`}
          </button>
          <p className="quiet small">
            {cart.pricesChanged ? 'Accept the new prices first. ' : null}
            <Link to={{ page: 'cart' }}>Back to the cart</Link>
          </p>
        </aside>
      </form>
      <PriceNotice cart={cart} />
    </>
  );
};

const CountryField = ({ checkout: { form } }: { readonly checkout: Checkout }) => (
  <div className="field">
    <label htmlFor="field-country">Country</label>
    <select
      id="field-country"
      name="country"
      autoComplete="country"
      value={form.fields.country}
      aria-invalid={form.errors.country !== undefined}
      aria-describedby={form.errors.country === undefined ? undefined : 'error-country'}
      onChange={(event) => form.set('country', event.target.value)}
    >
      {countries.map(([code, name]) => (
        <option key={code} value={code}>
          {name}
        </option>
      ))}
    </select>
    <FieldError name="country" error={form.errors.country} />
  </div>
);

const NothingToPay = ({ hasOpenAttempt }: { readonly hasOpenAttempt: boolean }) => (
  <div className="empty">
    <h2>{hasOpenAttempt ? 'Your order may already be on its way' : 'There is nothing to pay'}</h2>
    <p>
      {hasOpenAttempt
        ? 'The page was left while we were answering, and your cart is empty now. Your orders show whether it went through; you were charged once at most.'
        : 'Your cart is empty. Put something into it first.'}
    </p>
    <Link to={hasOpenAttempt ? { page: 'orders' } : { page: 'shop', search: '' }} className="button">
      {hasOpenAttempt ? 'See your orders' : 'Browse the shop'}
    </Link>
  </div>
);

const CheckoutSkeleton = () => (
  <div className="split">
    <LoadingWords what="the checkout" />
    <div className="form-parts">
      <Skeleton className="form-blank" />
    </div>
    <div className="summary">
      <Skeleton className="summary-blank" />
    </div>
  </div>
);
