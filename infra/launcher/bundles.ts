import { join } from 'node:path';
import { topology } from '../topology.ts';

/** Programs that are bundled into a few files instead of loading a thousand: they start sooner and need less memory. */
export interface Bundle {
  /** The name of the programs in messages. */
  readonly name: string;
  /** Entry files from the root, each by the name of the file that is made of it. */
  readonly entries: Readonly<Record<string, string>>;
  /** Folders and files from the root that it is built from; when one of them changes it is built again. */
  readonly sources: readonly string[];
  /** A folder from the root. Bundles are in its `dist`, each in a folder named after its sources. */
  readonly home: string;
  /** Stack traces name the TypeScript files, as Node reads the maps with `--enable-source-maps`. */
  readonly hasSourceMaps: boolean;
}

/** `runtime/src/main.ts` loads it while none of its sources changes (`runtime/src/host/process/bundle-cache.ts`). */
export const sidecarBundle: Bundle = {
  name: 'sidecar',
  entries: { program: 'runtime/src/compose/program.ts' },
  sources: ['runtime/src', 'runtime/gen', 'runtime/package.json', 'package-lock.json'],
  home: 'runtime',
  hasSourceMaps: false,
};

/** The launcher starts the services and the payment provider from it. */
export const servicesBundle: Bundle = {
  name: 'services',
  entries: Object.fromEntries(topology.map(({ app, main }) => [app, main])),
  sources: ['services', 'runtime/sdk', 'package-lock.json'],
  home: 'services',
  hasSourceMaps: true,
};

/** The file of an entry in the folder of a bundle. */
export const bundledFile = (folder: string, entry: string): string => join(folder, `${entry}.cjs`);
