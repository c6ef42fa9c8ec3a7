import { circuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import type { CircuitBreaker } from '@tidewater/kit/circuit-breaker.ts';
import type { ServiceContext } from '@tidewater/kit/service-context.ts';
import { ProviderUnavailableError } from './provider-client.ts';

/** A provider that is down must not block every handler for the length of a timeout. */
export function providerBreaker({
  clock,
  log,
  metrics,
}: Pick<ServiceContext, 'clock' | 'log' | 'metrics'>): CircuitBreaker {
  const breaker = circuitBreaker({
    clock,
    failures: 5,
    openMs: 10_000,
    isFailure: (error) => error instanceof ProviderUnavailableError && error.isProviderDown,
    onChange(isOpen) {
      if (isOpen)
        log.error(
          { event: 'provider-circuit-opened' },
          'the payment provider keeps failing, calls to it pause for 10 s',
        );
      else log.info({ event: 'provider-circuit-closed' }, 'the payment provider works again');
    },
  });
  metrics.gauge('store_payment_provider_circuit_open', '1 while calls to the payment provider are paused.', () =>
    breaker.isOpen ? 1 : 0,
  );
  return breaker;
}
