export interface Subscription {
  /** Accepts no new messages, waits at most `drainMs` for running ones, then ends them. */
  close(drainMs: number): Promise<void>;
}

/** The subscriptions of one component: each is closed by its owner, or at the latest with the component. */
export interface OpenSubscriptions {
  /** Registers a subscription until it is closed. */
  add(subscription: Subscription): Subscription;
  /** Closes all without waiting for running messages. */
  closeAll(): Promise<void>;
}

export function openSubscriptions(): OpenSubscriptions {
  const open = new Set<Subscription>();
  return {
    add(subscription) {
      open.add(subscription);
      return {
        async close(drainMs) {
          open.delete(subscription);
          await subscription.close(drainMs);
        },
      };
    },
    async closeAll() {
      await Promise.all([...open].map((subscription) => subscription.close(0)));
    },
  };
}
