import { checkout } from '../messages/en/checkout.ts';
import { messagesOf } from '../messages/messages.ts';
import type { RecoveryState } from './use-recovery.ts';

const text = messagesOf(checkout);

/** The state of an order whose response was lost, and what the shopper can do. */
export const RecoveryNotice = ({
  state,
  onSearch,
}: {
  readonly state: RecoveryState;
  readonly onSearch: () => void;
}) => {
  if (state === 'none') return null;
  return (
    <div className="notice recovery" role="alert" data-testid="recovery" data-state={state}>
      <p className="notice-title">{text(`recovery.${state}.title`)}</p>
      <p>{text(`recovery.${state}.detail`)}</p>
      {state === 'unknown' ? (
        <button type="button" className="button quiet" onClick={onSearch}>
          {text('recovery-notice.ask-again')}
        </button>
      ) : null}
    </div>
  );
};
