// The command line. It starts 40 ms sooner than main.ts as the entry, for which Node first loads its TypeScript
// compiler, and so reserves the ports of the flags sooner. Modules from here on come from the compile cache.
import { enableCompileCache } from 'node:module';

enableCompileCache();
await import('./main.ts');
