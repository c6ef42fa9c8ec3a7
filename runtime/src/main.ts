import { createRequire, enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { cachedBundle } from '#host/process/bundle-cache.ts';
import type { runProgram as RunProgram } from './compose/program.ts';

// modules loaded from here on start faster the next time
enableCompileCache();
const args = process.argv.slice(2);
// before the rest is loaded: a client that polls these ports may otherwise be assigned one of them as its local port
const { reservePorts: holdPorts } = await import('#host/process/reserved-ports.ts');
const reservedPorts = holdPorts(args, process.env);
const isFromSource = process.env['OUTRIGGER_FROM_SOURCE'] === '1';
const bundlePath = isFromSource ? undefined : cachedBundle(dirname(import.meta.dirname));
const { runProgram } = bundlePath
  ? (createRequire(import.meta.url)(bundlePath) as { readonly runProgram: typeof RunProgram })
  : await import('./compose/program.ts');
await runProgram(args, reservedPorts);
