import type { ComponentContext } from '#core/component.ts';
import type { ServerInfo } from './server-info.ts';

/** Warns of server settings that can lose acknowledged state or reminders of actors. Silent when `info` is empty. */
export function warnAboutDataLoss({ log, name }: ComponentContext, server: string, info: ServerInfo): void {
  const warn = (reason: string, remedy: string): void =>
    log.warn({ component: name, server, reason }, `actors may lose acknowledged changes: ${remedy}`);
  if (info.get('aof_enabled') === '0')
    warn('Redis does not write each change to disk', 'start Redis with --appendonly yes, or accept it for development');
  const policy = info.get('maxmemory_policy') ?? '';
  if (policy.startsWith('allkeys-') && info.get('maxmemory') !== '0')
    warn(`Redis may evict any key (${policy})`, 'set maxmemory-policy to noeviction');
}
