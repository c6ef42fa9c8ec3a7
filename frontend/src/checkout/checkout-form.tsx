import { needsPostcode } from '@tidewater/contracts/countries.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { formatMoney } from '../format/money.ts';
import { CheckoutSummary } from './checkout-summary.tsx';
import { CountryField } from './country-field.tsx';
import { isNear } from './countries.ts';
import type { Form } from './field.tsx';
import { Field } from './field.tsx';
import { TestCards } from './test-cards.tsx';
import type { Checkout } from './use-checkout.ts';

export const CheckoutForm = ({ cart, checkout }: { readonly cart: CartView; readonly checkout: Checkout }) => {
  const { form } = checkout;
  return (
    <form
      className="split"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void checkout.pay(cart);
      }}
    >
      <div className="form-sections">
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
            <CountryField form={form} />
            <Field form={form} name="street" label="Street and number" autoComplete="address-line1" />
            <Field
              form={form}
              name="postcode"
              label={needsPostcode(form.fields.country) ? 'Postcode' : 'Postcode, if any'}
              autoComplete="postal-code"
              required={needsPostcode(form.fields.country)}
              className="third"
            />
            <Field form={form} name="city" label="Town" autoComplete="address-level2" className="two-thirds" />
          </div>
        </fieldset>
        <fieldset>
          <legend>Delivery</legend>
          <p className="delivery-row">
            <span>
              {isNear(form.fields.country) ? 'By parcel, two to four days' : 'By parcel, as fast as the post there is'}
              <span className="quiet small"> · packed by hand, followed on your order’s page</span>
            </span>
            <span className="figures">{cart.delivery.amount === 0 ? 'Free' : formatMoney(cart.delivery)}</span>
          </p>
        </fieldset>
        <CardFields form={form} onUseTestCard={checkout.fillCard} />
      </div>
      <CheckoutSummary cart={cart} checkout={checkout} />
    </form>
  );
};

const CardFields = ({
  form,
  onUseTestCard,
}: {
  readonly form: Form;
  readonly onUseTestCard: (number: string) => void;
}) => (
  <fieldset>
    <legend>Payment</legend>
    <p className="quiet small">We pass your card on to the payment provider unread, and we never keep it.</p>
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
        label="Good until MM/YY"
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
    <TestCards onUse={onUseTestCard} />
  </fieldset>
);
