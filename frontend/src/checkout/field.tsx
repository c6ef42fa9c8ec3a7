import type { InputHTMLAttributes } from 'react';
import type { CheckoutFields, FieldErrors, FieldName } from './checkout-fields.ts';

export interface FormState {
  readonly fields: CheckoutFields;
  readonly errors: FieldErrors;
  readonly set: (name: FieldName, text: string) => void;
  /** Shows the error of a field that lost the focus. */
  readonly blur: (name: FieldName) => void;
}

export interface FieldProps extends Omit<
  InputHTMLAttributes<HTMLInputElement>,
  'form' | 'name' | 'value' | 'onChange' | 'onBlur'
> {
  readonly form: FormState;
  readonly name: FieldName;
  readonly label: string;
}

/** A labelled input with its error message. */
export const Field = ({ form, name, label, className = '', ...input }: FieldProps) => {
  const error = form.errors[name];
  return (
    <div className={`field ${className}`}>
      <label htmlFor={`field-${name}`}>{label}</label>
      <input
        required
        {...input}
        id={`field-${name}`}
        name={name}
        value={form.fields[name]}
        aria-invalid={error !== undefined}
        aria-describedby={error === undefined ? undefined : `error-${name}`}
        onChange={(event) => form.set(name, event.target.value)}
        onBlur={() => form.blur(name)}
      />
      <FieldError name={name} error={error} />
    </div>
  );
};

export const FieldError = ({ name, error }: { readonly name: FieldName; readonly error: string | undefined }) => (
  <p className="field-error" id={`error-${name}`}>
    {error}
  </p>
);
