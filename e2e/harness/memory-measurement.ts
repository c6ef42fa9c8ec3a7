/**
 * Loaded into a sidecar before its program (`--import`): replies to each message of its parent with its memory after garbage
 * collection. The sidecar itself does not depend on it.
 */
const collect = (globalThis as { gc?: () => void }).gc;

process.on('message', (requestId) => {
  collect?.();
  // Finalizers and closed sockets release memory only in later turns of the event loop.
  setTimeout(() => {
    collect?.();
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    process.send?.({ requestId, heapUsed, external, arrayBuffers, rss, resources });
  }, 200);
});
process.channel?.unref();
