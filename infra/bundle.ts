import { type Bundle, servicesBundle, sidecarBundle } from './launcher/bundles.ts';
import { argumentsOrExit } from './launcher/command-line.ts';
import { makeBundle } from './launcher/make-bundle.ts';
import { StartError } from './servers/server.ts';

const bundles: readonly Bundle[] = [sidecarBundle, servicesBundle];
const names = argumentsOrExit('bundle');
const unknown = names.filter((name) => !bundles.some((bundle) => bundle.name === name));

try {
  if (unknown.length > 0)
    throw new StartError(
      `No bundle is called ${unknown.join(', ')}.`,
      `Bundles: ${bundles.map(({ name }) => name).join(', ')}.`,
    );
  for (const bundle of bundles) {
    if (names.length > 0 && !names.includes(bundle.name)) continue;
    await makeBundle(bundle, () => () => process.stdout.write(`${bundle.name} bundled into ${bundle.home}/dist\n`));
  }
} catch (cause) {
  if (!(cause instanceof StartError)) throw cause;
  process.stderr.write(`✗ ${cause.message}\n  Fix: ${cause.fix}\n`);
  process.exitCode = 1;
}
