/** What this process has seen of orders lately. It makes answers quicker; nothing depends on it. */
export interface OrderTrail {
  /** The checkout of this shopper gave this order, which others may not have heard of yet. */
  noteIssued(orderId: string, shopper: string): void;
  isIssuedTo(orderId: string, shopper: string): boolean;
  /** The trace in which an order is worked off. The first one stays: what follows continues it. */
  noteTrace(orderId: string, traceId: string): void;
  traceOf(orderId: string): string | undefined;
}

const remembered = 5_000;

export function orderTrail(): OrderTrail {
  const issued = new Map<string, string>();
  const traces = new Map<string, string>();
  return {
    noteIssued: (orderId, shopper) => note(issued, orderId, shopper),
    isIssuedTo: (orderId, shopper) => issued.get(orderId) === shopper,
    noteTrace(orderId, traceId) {
      if (!traces.has(orderId)) note(traces, orderId, traceId);
    },
    traceOf: (orderId) => traces.get(orderId),
  };
}

function note(map: Map<string, string>, key: string, value: string): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > remembered && oldest !== undefined) map.delete(oldest);
}
