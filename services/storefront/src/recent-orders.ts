/** Which trace an order is processed in, for orders that had an event lately. Nothing depends on it: it saves a search. */
export interface RecentOrders {
  /** The first one stays: what follows continues it. */
  noteTrace(orderId: string, traceId: string): void;
  traceOf(orderId: string): string | undefined;
}

const maxOrders = 5_000;

export function recentOrders(): RecentOrders {
  const traces = new Map<string, string>();
  return {
    noteTrace(orderId, traceId) {
      if (traces.has(orderId)) return;
      traces.set(orderId, traceId);
      const [oldest] = traces.keys();
      if (traces.size > maxOrders && oldest !== undefined) traces.delete(oldest);
    },
    traceOf: (orderId) => traces.get(orderId),
  };
}
