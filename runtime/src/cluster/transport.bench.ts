/**
 * Measures the transport alone: an echo of 1 kB between two processes, with several numbers of callers. Run: node
 * infra/bootstrap.mjs runtime/src/cluster/transport.bench.ts [seconds]
 */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { silentLog } from '#core/log.ts';
import type { Call } from '#core/call.ts';
import type { Clock } from '#core/clock.ts';
import { peerServer } from './transport/peer-server.ts';
import { peerTransport } from './transport/peer-transport.ts';

const clock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after(delayMs, task) {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};

if (process.argv[2] === 'serve') {
  const server = await peerServer({
    listen: { host: '127.0.0.1', port: 0 },
    clock,
    log: silentLog,
    handler: (_call, { message }) => Promise.resolve({ status: 200, headers: message.headers, body: message.body }),
  });
  process.send?.(server.address);
  process.on('disconnect', () => process.exit());
} else {
  const seconds = Number(process.argv[2] ?? 3);
  const child = fork(fileURLToPath(import.meta.url), ['serve']);
  const address = await new Promise<string>((resolve) => child.once('message', resolve));
  const transport = peerTransport({ clock });
  const call: Call = {
    trace: { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', sampled: true },
    signal: new AbortController().signal,
  };
  const headers = [
    'content-type',
    'application/json',
    'accept',
    '*/*',
    'user-agent',
    'bench',
    'x-request-id',
    'abc-123',
  ];
  const message = { verb: 'POST', path: '/echo', query: '', headers, body: Buffer.alloc(1024, 'x') };

  const run = async (callers: number, forMs: number): Promise<void> => {
    const times: number[] = [];
    const began = performance.now();
    const until = began + forMs;
    const caller = async (): Promise<void> => {
      while (performance.now() < until) {
        const at = performance.now();
        await transport.request(call, address, { purpose: 'invoke', appId: 'echo', message });
        times.push(performance.now() - at);
      }
    };
    await Promise.all(Array.from({ length: callers }, caller));
    const rate = times.length / ((performance.now() - began) / 1000);
    times.sort((a, b) => a - b);
    const at = (share: number): string => (times[Math.floor(times.length * share)] ?? 0).toFixed(3);
    process.stdout.write(
      `${String(callers).padStart(3)} callers  ${rate.toFixed(0).padStart(7)}/s  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms\n`,
    );
  };
  await run(8, 1000);
  for (const callers of [1, 32, 128]) await run(callers, seconds * 1000);
  await transport.close();
  child.disconnect();
}
