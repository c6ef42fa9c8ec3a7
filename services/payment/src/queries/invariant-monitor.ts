import type { Clock } from '@outrigger/sdk';
import type { Log } from '@tidewater/kit/log.ts';
import type { Metrics } from '@tidewater/kit/metrics.ts';
import type { Invariants } from './payment-invariants.ts';
import { ProviderUnavailableError } from '../clients/provider-client.ts';

export interface InvariantMonitor {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly check: () => Promise<Invariants>;
  /** From the end of one check to the start of the next: two never overlap. */
  readonly everyMs: number;
}

/** How many violations a log line names. */
const maxListed = 20;

/**
 * Checks the invariants in the background until it is closed. Each set of violations is one error line when it appears;
 * the gauge shows the number for as long as it lasts. A check that could not be done changes nothing.
 */
export function startInvariantMonitor({ clock, log, metrics, check, everyMs }: InvariantMonitor): {
  close(): Promise<void>;
} {
  let isClosed = false;
  let reported = '';
  let violations = 0;
  metrics.gauge(
    'store_payment_invariant_violations',
    'Payments that differ from the ledger of the payment provider.',
    () => violations,
  );

  const run = async (): Promise<void> => {
    try {
      const { problems } = await check();
      violations = problems.length;
      const current = problems.join('\n');
      if (current !== reported && problems.length > 0)
        log.error(
          { event: 'invariant-violated', violations, problems: problems.slice(0, maxListed) },
          "payments differ from the provider's ledger",
        );
      if (reported !== '' && problems.length === 0)
        log.info({ event: 'invariant-restored' }, "payments agree with the provider's ledger again");
      reported = current;
    } catch (error) {
      if (isClosed) return;
      if (error instanceof ProviderUnavailableError) log.debug({ error }, 'the ledger of the provider is unavailable');
      else log.warn({ event: 'invariant-check-failed', error }, 'payments could not be compared with the provider');
    }
  };

  const schedule = (): (() => void) =>
    clock.after(everyMs, () => {
      void run().finally(() => {
        if (!isClosed) cancel = schedule();
      });
    });
  let cancel = schedule();
  return {
    close() {
      isClosed = true;
      cancel();
      return Promise.resolve();
    },
  };
}
