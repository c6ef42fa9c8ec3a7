import { createRequire, enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { freshBundle } from '#host/fresh-bundle.ts';
import type { runProgram as RunProgram } from './compose/program.ts';

// what is loaded from here on starts faster the next time
enableCompileCache();
const args = process.argv.slice(2);
// before the rest is loaded: whoever looks meanwhile whether it listens may else be given its port to connect from
const { holdPorts } = await import('#host/held-ports.ts');
const heldPorts = holdPorts(args, process.env);
const isFromSource = process.env['OUTRIGGER_FROM_SOURCE'] === '1';
const bundle = isFromSource ? undefined : freshBundle(dirname(import.meta.dirname));
const { runProgram } = bundle
  ? (createRequire(import.meta.url)(bundle) as { readonly runProgram: typeof RunProgram })
  : await import('./compose/program.ts');
await runProgram(args, heldPorts);
