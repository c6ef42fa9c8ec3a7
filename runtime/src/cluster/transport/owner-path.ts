import { type OwnerRequest, ownerOperations } from '#blocks/invoke/peers.ts';

/**
 * A request to the owner of an actor takes the place of the path in a head: `/method/<name>`, `/reminders/<name>` or
 * `/timers/<name>`, the name percent-encoded.
 */
export function ownerPath({ operation, name }: OwnerRequest): string {
  return `/${operation}/${encodeURIComponent(name)}`;
}

/** Undefined for any other path. */
export function readOwnerPath(path: string): OwnerRequest | undefined {
  const [empty, first, encoded, ...rest] = path.split('/');
  const operation = ownerOperations.find((one) => one === first);
  if (empty !== '' || operation === undefined || !encoded || rest.length > 0) return undefined;
  try {
    return { operation, name: decodeURIComponent(encoded) };
  } catch {
    return undefined;
  }
}
