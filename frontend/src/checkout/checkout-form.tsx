import { needsPostcode } from '@tidewater/contracts/countries.ts';
import type { CartView } from '@tidewater/contracts/storefront.ts';
import { formatMoney } from '../format/money.ts';
import { CheckoutSummary } from './checkout-summary.tsx';
import { CountryField } from './country-field.tsx';
import { isNear } from './countries.ts';
import type { FormState } from './field.tsx';
import { Field } from './field.tsx';
import { TestCards } from './test-cards.tsx';
import type { Checkout } from './use-checkout.ts';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

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
          <legend>{text('checkout-form.contact')}</legend>
          <div className="fields">
            <Field form={form} name="name" label={text('checkout-form.name')} autoComplete="name" className="half" />
            <Field
              form={form}
              name="email"
              label={text('checkout-form.e-mail')}
              type="email"
              inputMode="email"
              autoComplete="email"
              className="half"
            />
          </div>
        </fieldset>
        <fieldset>
          <legend>{text('checkout-form.address')}</legend>
          <div className="fields">
            <CountryField form={form} />
            <Field
              form={form}
              name="street"
              label={text('checkout-form.street-and-number')}
              autoComplete="address-line1"
            />
            <Field
              form={form}
              name="postcode"
              label={
                needsPostcode(form.fields.country)
                  ? text('checkout-form.postcode')
                  : text('checkout-form.postcode-if-any')
              }
              autoComplete="postal-code"
              required={needsPostcode(form.fields.country)}
              className="third"
            />
            <Field
              form={form}
              name="city"
              label={text('checkout-form.town')}
              autoComplete="address-level2"
              className="two-thirds"
            />
          </div>
        </fieldset>
        <fieldset>
          <legend>{text('checkout-form.delivery')}</legend>
          <p className="delivery-row">
            <span>
              {isNear(form.fields.country)
                ? text('checkout-form.by-parcel-two-to')
                : text('checkout-form.by-parcel-as-fast')}
              <span className="quiet small"> {text('checkout-form.packed-by-hand-followed')}</span>
            </span>
            <span className="figures">
              {cart.delivery.amount === 0 ? text('checkout-form.free') : formatMoney(cart.delivery)}
            </span>
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
  readonly form: FormState;
  readonly onUseTestCard: (number: string) => void;
}) => (
  <fieldset>
    <legend>{text('checkout-form.payment')}</legend>
    <p className="quiet small">{text('checkout-form.we-pass-your-card')}</p>
    <div className="fields">
      <Field
        form={form}
        name="number"
        label={text('checkout-form.card-number')}
        inputMode="numeric"
        autoComplete="cc-number"
        className="figures"
        maxLength={23}
      />
      <Field
        form={form}
        name="expiry"
        label={text('checkout-form.good-until-mm-yy')}
        inputMode="numeric"
        autoComplete="cc-exp"
        className="figures half"
        maxLength={7}
      />
      <Field
        form={form}
        name="cvc"
        label={text('checkout-form.security-code')}
        inputMode="numeric"
        autoComplete="cc-csc"
        className="figures half"
        maxLength={4}
      />
    </div>
    <TestCards onUse={onUseTestCard} />
  </fieldset>
);
