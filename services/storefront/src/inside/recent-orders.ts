/** A cache of the trace of orders with recent events. */
export interface RecentOrders {
  /** Only the first one is stored: later events continue it. */
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
