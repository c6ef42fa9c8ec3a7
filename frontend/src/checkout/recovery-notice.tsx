import type { RecoveryState } from './use-recovery.ts';

const texts: Readonly<Record<Exclude<RecoveryState, 'none'>, readonly [title: string, detail: string]>> = {
  searching: [
    'The answer to your order was lost on the way',
    'It may have arrived all the same, so we are asking the shop. You do not have to do anything.',
  ],
  'not-placed': [
    'Your order has not reached us',
    'We charged nothing. Pay again when you are ready: it counts as the same order, so you cannot buy twice.',
  ],
  unknown: [
    'We do not know yet whether your order reached us',
    'The shop has not answered for half a minute. Ask again, or pay again: it counts as the same order and is charged once at most.',
  ],
};

/** The state of an order whose response was lost, and what the shopper can do. */
export const RecoveryNotice = ({
  state,
  onSearch,
}: {
  readonly state: RecoveryState;
  readonly onSearch: () => void;
}) => {
  if (state === 'none') return null;
  const [title, detail] = texts[state];
  return (
    <div className="notice recovery" role="alert" data-testid="recovery" data-state={state}>
      <p className="notice-title">{title}</p>
      <p>{detail}</p>
      {state === 'unknown' ? (
        <button type="button" className="button quiet" onClick={onSearch}>
          Ask again
        </button>
      ) : null}
    </div>
  );
};
