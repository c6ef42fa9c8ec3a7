/**
 * Runs `work` for each item, at most `limit` concurrently. Rejects with the first failure after the running ones have
 * ended.
 */
export async function forEachLimited<Item>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (let next = rest.next(); !next.done; next = rest.next()) await work(next.value);
  };
  const failed = (await Promise.allSettled(Array.from({ length: limit }, worker))).find(
    (result) => result.status === 'rejected',
  );
  if (failed) throw failed.reason as Error;
}
