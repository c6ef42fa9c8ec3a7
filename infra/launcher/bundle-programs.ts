import { join } from 'node:path';
import { type Bundle, bundledFile, servicesBundle, sidecarBundle } from './bundles.ts';
import { root } from './folders.ts';
import { makeBundle } from './make-bundle.ts';
import type { StartOptions } from './options.ts';
import type { Terminal } from './terminal.ts';

/**
 * Makes the bundles that a start lacks. Without one the programs run from source, and the services always do with `--watch`,
 * which restarts them when their sources change, and with `OUTRIGGER_FROM_SOURCE=1`.
 */
export async function bundlePrograms(
  { watch, daprd }: Pick<StartOptions, 'watch' | 'daprd'>,
  progress: Pick<Terminal, 'step' | 'print'>,
  env: NodeJS.ProcessEnv = process.env,
  make: typeof makeBundle = makeBundle,
): Promise<{ readonly servicesFolder: string | undefined }> {
  const isFromSource = env.OUTRIGGER_FROM_SOURCE === '1';
  const tryToMake = async (bundle: Bundle): Promise<string | undefined> => {
    const title = `${bundle.name[0]?.toUpperCase()}${bundle.name.slice(1)} bundled`;
    try {
      return await make(bundle, () => progress.step(title));
    } catch (cause) {
      for (const line of (cause instanceof Error ? cause.message : String(cause)).split('\n')) progress.print(line);
      progress.print(`The ${bundle.name} run from source instead, which takes longer to start.`);
      return undefined;
    }
  };
  const [servicesFolder] = await Promise.all([
    watch || isFromSource ? undefined : tryToMake(servicesBundle),
    daprd || isFromSource ? undefined : tryToMake(sidecarBundle),
  ]);
  return { servicesFolder };
}

/**
 * Limits the garbage that V8 lets a service accumulate. Its data are small and short-lived: by default the heap of a busy
 * service is mostly garbage, up to 128 MB of it in the young generation alone.
 */
const heapFlags: readonly string[] = ['--max-semi-space-size=8', '--max-old-space-size=512'];

/** The arguments with which Node runs a service: its file in the bundle, or its source. */
export function serviceArgs(
  app: string,
  main: string,
  { servicesFolder }: { readonly servicesFolder?: string },
): readonly string[] {
  const program = servicesFolder ? ['--enable-source-maps', bundledFile(servicesFolder, app)] : [join(root, main)];
  return [...heapFlags, ...program];
}
