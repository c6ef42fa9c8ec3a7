import type { Clock } from '#core/clock.ts';
import type { Log } from '#core/log.ts';
import type { LinkFault } from './link.ts';

const intervalMs = 10_000;

const lines: Readonly<Record<LinkFault, { readonly event: string; readonly message: string }>> = {
  protocol: { event: 'peer-protocol-error', message: 'connection from another sidecar rejected' },
  authentication: {
    event: 'peer-unauthenticated',
    message: 'sidecar not authenticated, connection closed',
  },
};

/** Logs why connections were closed: one line per fault in ten seconds, with the number of suppressed ones. */
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
