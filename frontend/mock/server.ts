import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startMock } from './mock-server.ts';

/**
 * A fake storefront for work on pages. Serves the API for Vite's dev server, and the built pages when they exist. Reads
 * PORT, STEP_MS (between two changes of an order) and DELAY_MS (of each response) from the environment.
 */
const dist = join(import.meta.dirname, '../dist');
const server = await startMock({
  port: Number(process.env['PORT'] ?? 7080),
  stepMs: Number(process.env['STEP_MS'] ?? 2500),
  delayMs: Number(process.env['DELAY_MS'] ?? 0),
  ...(existsSync(dist) ? { dist } : {}),
});
process.stdout.write(`mock storefront at ${server.url}\n`);
