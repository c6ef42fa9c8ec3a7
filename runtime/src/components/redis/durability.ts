import type { ComponentContext } from '#core/component.ts';
import type { ServerInfo } from './server-info.ts';

/** Logs what would make actors forget state or reminders that were acknowledged. Silent when the server shows no facts. */
export function warnAboutDataLoss({ log, name }: ComponentContext, server: string, info: ServerInfo): void {
  const warn = (reason: string, remedy: string): void =>
    log.warn({ component: name, server, reason }, `actors may lose acknowledged changes: ${remedy}`);
  if (info.get('aof_enabled') === '0')
    warn('Redis does not log each change to disk', 'start Redis with --appendonly yes, or accept it for development');
  const policy = info.get('maxmemory_policy') ?? '';
  if (policy.startsWith('allkeys-') && info.get('maxmemory') !== '0')
    warn(`Redis may evict any key (${policy})`, 'set maxmemory-policy to noeviction');
}
