/**
 * Loaded into a sidecar before its own program (`--import`): answers each message of its parent with what it holds once
 * the garbage is collected. The sidecar itself knows nothing of it.
 */
const collect = (globalThis as { gc?: () => void }).gc;

process.on('message', (question) => {
  collect?.();
  // Finalizers and closed sockets let go only in later turns of the event loop.
  setTimeout(() => {
    collect?.();
    const { heapUsed, external, arrayBuffers, rss } = process.memoryUsage();
    const resources: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
    process.send?.({ question, heapUsed, external, arrayBuffers, rss, resources });
  }, 200);
});
process.channel?.unref();
