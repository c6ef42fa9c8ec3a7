import { createRequire, enableCompileCache } from 'node:module';
import { dirname } from 'node:path';
import { freshBundle } from '#host/fresh-bundle.ts';
import type { runProgram as RunProgram } from './compose/program.ts';

// what is loaded from here on starts faster the next time
enableCompileCache();
const isFromSource = process.env['OUTRIGGER_FROM_SOURCE'] === '1';
const bundle = isFromSource ? undefined : freshBundle(dirname(import.meta.dirname));
const { runProgram } = bundle
  ? (createRequire(import.meta.url)(bundle) as { readonly runProgram: typeof RunProgram })
  : await import('./compose/program.ts');
await runProgram(process.argv.slice(2));
