/** Starts all in order, waits for all to end, and throws the first rejection. */
export async function settleAllOrThrowFirst<Item>(
  items: readonly Item[],
  run: (item: Item, at: number) => Promise<void>,
  toError: (cause: unknown) => Error,
): Promise<void> {
  const only = items[0];
  if (only === undefined) return;
  if (items.length === 1) {
    try {
      await run(only, 0);
    } catch (cause) {
      throw toError(cause);
    }
    return;
  }
  const results = await Promise.allSettled(items.map(run));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw toError(failed.reason);
}
