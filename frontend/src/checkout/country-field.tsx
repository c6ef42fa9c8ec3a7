import { farCountries, nearCountries } from './countries.ts';
import type { FormState } from './field.tsx';
import { FieldError } from './field.tsx';
import { checkout as checkoutMessages } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(checkoutMessages);

export const CountryField = ({ form }: { readonly form: FormState }) => (
  <div className="field">
    <label htmlFor="field-country">{text('country-field.country')}</label>
    <select
      id="field-country"
      name="country"
      autoComplete="country"
      value={form.fields.country}
      aria-invalid={form.errors.country !== undefined}
      aria-describedby={form.errors.country === undefined ? undefined : 'error-country'}
      onChange={(event) => form.set('country', event.target.value)}
    >
      <optgroup label={text('country-field.two-to-four-days')}>
        <Options of={nearCountries} />
      </optgroup>
      <optgroup label={text('country-field.further-away')}>
        <Options of={farCountries} />
      </optgroup>
    </select>
    <FieldError name="country" error={form.errors.country} />
  </div>
);

const Options = ({ of: countries }: { readonly of: typeof nearCountries }) =>
  countries.map(([code, name]) => (
    <option key={code} value={code}>
      {name}
    </option>
  ));
