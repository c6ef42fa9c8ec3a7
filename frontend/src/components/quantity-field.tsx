import { maxQuantity } from '../cart/cart-queue.ts';
import { useSyncedState } from './use-synced-state.ts';
import { app as appMessages } from '../messages/en/app.ts';
import { messagesOf } from '../messages/messages.ts';

const text = messagesOf(appMessages);

export interface QuantityFieldProps {
  readonly id: string;
  /** For screen readers: `Quantity of Kelp 40 Dry Bag`. */
  readonly label: string;
  readonly value: number;
  readonly max?: number;
  readonly onChange: (quantity: number) => void;
}

/** A quantity from 1 to 99, by buttons or by typing; typed text that is not an integer is ignored. */
export const QuantityField = ({ id, label, value, max = maxQuantity, onChange }: QuantityFieldProps) => {
  const [typed, setTyped] = useSyncedState(String(value));
  const limit = Math.max(1, Math.min(max, maxQuantity));
  const change = (text: string): void => {
    setTyped(text);
    if (!/^\d{1,4}$/.test(text.trim())) return;
    const quantity = Math.min(limit, Math.max(1, Number(text)));
    if (quantity !== value) onChange(quantity);
  };
  const resetText = (): void => setTyped(String(value));
  return (
    <span className="quantity">
      <button
        type="button"
        aria-label={text('quantity-field.one-less-label', { label })}
        disabled={value <= 1}
        onClick={() => change(String(value - 1))}
      >
        −
      </button>
      <input
        id={id}
        aria-label={label}
        className="figures"
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        onChange={(event) => change(event.target.value)}
        onBlur={resetText}
      />
      <button
        type="button"
        aria-label={text('quantity-field.one-more-label', { label })}
        disabled={value >= limit}
        onClick={() => change(String(value + 1))}
      >
        +
      </button>
    </span>
  );
};
