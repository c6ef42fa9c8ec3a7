import type { ComponentContext } from '#core/component.ts';
import type { ServerFacts } from './server-facts.ts';

/** Logs what would make actors forget state or reminders that were acknowledged. Silent when the server shows no facts. */
export function warnOfLoss({ log, name }: ComponentContext, server: string, facts: ServerFacts): void {
  const warn = (reason: string, remedy: string): void =>
    log.warn({ component: name, server, reason }, `actors may lose acknowledged changes: ${remedy}`);
  if (facts.get('aof_enabled') === '0')
    warn('Redis does not log each change to disk', 'start Redis with --appendonly yes, or accept it for development');
  const policy = facts.get('maxmemory_policy') ?? '';
  if (policy.startsWith('allkeys-') && facts.get('maxmemory') !== '0')
    warn(`Redis may evict any key (${policy})`, 'set maxmemory-policy to noeviction');
}
