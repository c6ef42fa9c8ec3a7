import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { startMock } from './mock-server.ts';

/**
 * A fake storefront for work on pages. Beside Vite's dev server it answers the API; alone it serves the built pages too.
 * PORT, STEP_MS (between two changes of an order) and DELAY_MS (of each answer) may be given.
 */
const dist = join(import.meta.dirname, '../dist');
const server = await startMock({
  port: Number(process.env['PORT'] ?? 7080),
  stepMs: Number(process.env['STEP_MS'] ?? 2500),
  delayMs: Number(process.env['DELAY_MS'] ?? 0),
  ...(existsSync(dist) ? { dist } : {}),
});
process.stdout.write(`mock storefront at ${server.url}\n`);
