import { bundleSidecar } from './launcher/sidecar-bundle.ts';
import { StartError } from './servers/server.ts';

// npm start does this by itself; images and those who run the sidecar alone do it once.
try {
  await bundleSidecar(() => () => process.stdout.write('Sidecar bundled into runtime/dist\n'));
} catch (cause) {
  if (!(cause instanceof StartError)) throw cause;
  process.stderr.write(`✗ ${cause.message}\n  Fix: ${cause.fix}\n`);
  process.exitCode = 1;
}
