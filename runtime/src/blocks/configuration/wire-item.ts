import type { ConfigurationItem } from './configuration-store.ts';

/** An item as JSON on the wire: empty fields are omitted. */
export function wireItem({ value, version, metadata }: ConfigurationItem): Readonly<Record<string, unknown>> {
  return {
    ...(value === '' ? undefined : { value }),
    ...(version === '' ? undefined : { version }),
    ...(Object.keys(metadata).length === 0 ? undefined : { metadata }),
  };
}
