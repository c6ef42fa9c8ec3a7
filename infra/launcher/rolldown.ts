import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { runTool } from '../servers/run-tool.ts';
import { StartError } from '../servers/server.ts';
import { type Bundle, bundledFile } from './bundles.ts';
import { root } from './folders.ts';

/** Prefix of the names of files that contain libraries only. */
const libraries = 'library';

/** The bundler's configuration. CommonJS: importing `node:http` as a module would load everything that it loads lazily. */
export function rolldownConfig({ entries, hasSourceMaps }: Bundle): object {
  return {
    cwd: root,
    input: entries,
    platform: 'node',
    logLevel: 'silent',
    // For developers only (kit/api-docs.ts); they read files beside their code.
    external: ['@fastify/swagger', '@fastify/swagger-ui'],
    output: {
      format: 'cjs',
      entryFileNames: '[name].cjs',
      chunkFileNames: '[name]-[hash].cjs',
      sourcemap: hasSourceMaps,
      sourcemapExcludeSources: true,
      ...(hasSourceMaps && {
        codeSplitting: { groups: [{ name: libraries, test: 'node_modules', entriesAware: true }] },
      }),
      comments: false,
    },
  };
}

/** Runs the bundler that comes with Vite, and writes the files to `folder`. */
export async function runRolldown(bundle: Bundle, folder: string): Promise<void> {
  const config = join(folder, 'rolldown.config.mjs');
  writeFileSync(config, `export default ${JSON.stringify(rolldownConfig(bundle))};\n`);
  const { status, output } = await runTool(process.execPath, [rolldown(), '--config', config, '--dir', folder], {
    cwd: root,
    limitMs: 60_000,
    env: { ...process.env, NO_COLOR: '1' },
  });
  rmSync(config);
  const missing = Object.keys(bundle.entries).filter((entry) => !existsSync(bundledFile(folder, entry)));
  if (status !== 0 || missing.length > 0)
    throw new StartError(
      `The ${bundle.name} cannot be bundled: ${output.trim() || `no file was made of ${missing.join(', ')}`}`,
      'npm run check may show the cause. The programs can still run from source.',
    );
  for (const file of readdirSync(folder)) {
    if (file.startsWith(libraries)) removeSourceMap(folder, file);
    if (file.endsWith('.cjs')) writeAscii(join(folder, file));
  }
}

/** Node reads a source map as it loads the file: those of libraries are a hundred times ours, 30 ms and 25 MB. */
function removeSourceMap(folder: string, file: string): void {
  const path = join(folder, file);
  if (file.endsWith('.map')) rmSync(path);
  else writeFileSync(path, readFileSync(path, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n'));
}

function rolldown(): string {
  const vite = createRequire(join(root, 'frontend/package.json')).resolve('vite/package.json');
  return join(dirname(createRequire(vite).resolve('rolldown/package.json')), 'bin/cli.mjs');
}

/** One character beyond Latin-1 would make the engine store the whole file at two bytes per character. */
function writeAscii(path: string): void {
  const text = readFileSync(path, 'utf8').replace(/\\[^]|[^\0-\x7f]/g, (match) => {
    const unit = match.charCodeAt(match.length - 1);
    return unit < 0x80 ? match : `\\u${unit.toString(16).padStart(4, '0')}`;
  });
  writeFileSync(path, text);
}
