import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { LinkFault } from './link.ts';

const intervalMs = 10_000;

const lines: Readonly<Record<LinkFault, { readonly event: string; readonly message: string }>> = {
  protocol: { event: 'peer-protocol-error', message: 'a connection from another sidecar is refused' },
  authentication: {
    event: 'peer-unauthenticated',
    message: 'a sidecar is not authenticated, its connection is closed',
  },
};

/** Logs why connections were closed: of each kind one line in ten seconds, with how many there were since the last one. */
export function rejectionLog({ clock, log }: { readonly clock: Clock; readonly log: Log }) {
  const last = new Map<LinkFault, { at: number; suppressed: number }>();
  return (
    fault: LinkFault,
    fields: { readonly from?: string; readonly to?: string; readonly reason: string },
  ): void => {
    const now = clock.monotonic();
    const before = last.get(fault);
    if (before && now - before.at < intervalMs) return void before.suppressed++;
    last.set(fault, { at: now, suppressed: 0 });
    const suppressed = before?.suppressed ? { suppressed: before.suppressed } : {};
    const { event, message } = lines[fault];
    log.warn({ event, ...fields, ...suppressed }, message);
  };
}
