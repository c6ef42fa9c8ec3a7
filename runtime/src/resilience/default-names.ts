import type { PolicyNames } from '#core/resiliency-resource.ts';
import type { PolicyTable } from './merged-policies.ts';

/** As Dapr writes them in names of default policies and in metrics. */
export type ComponentKind =
  | 'Binding'
  | 'Configuration'
  | 'Conversation'
  | 'Crypto'
  | 'Lock'
  | 'Pubsub'
  | 'Secretstore'
  | 'Statestore';

export type Direction = 'inbound' | 'outbound';

/** The default policies for a target that no resource names: the most specific defined one of each kind. */
export function defaultsFor(table: PolicyTable, levels: readonly string[]): PolicyNames {
  const find = (sort: string, defined: ReadonlyMap<string, unknown>): string | undefined =>
    [...levels, ''].map((level) => `Default${level}${sort}Policy`).find((name) => defined.has(name));
  return {
    timeout: find('Timeout', table.timeouts),
    retry: find('Retry', table.retries),
    circuitBreaker: find('CircuitBreaker', table.breakers),
  };
}

/** From the most specific to the least. */
export function componentLevels(kind: ComponentKind, direction: Direction): readonly string[] {
  const way = direction === 'inbound' ? 'Inbound' : 'Outbound';
  return [`${kind}Component${way}`, `Component${way}`, 'Component'];
}
