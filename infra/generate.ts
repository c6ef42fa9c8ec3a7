import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';

/** Generates `runtime/gen` from `runtime/proto`; with `--check` it only reports differences. */
const { check } = optionsOrExit('generate', { check: { type: 'boolean', default: false } });
const runtime = join(root, 'runtime');

// Plugin and library have the same version, or the generated code does not fit the library.
const { dependencies } = JSON.parse(readFileSync(join(runtime, 'package.json'), 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>;
};
const packages = ['@bufbuild/buf@1.74.0', `@bufbuild/protoc-gen-es@${dependencies['@bufbuild/protobuf']}`];

if (check) {
  const folder = mkdtempSync(join(tmpdir(), 'generate-'));
  try {
    generate(folder);
    const changed = difference(contents(join(folder, 'gen')), contents(join(runtime, 'gen')));
    for (const path of changed) console.log(`runtime/gen${path} differs from what runtime/proto generates`);
    if (changed.length > 0) console.log('Run: npm run generate');
    process.exitCode = changed.length === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
} else {
  generate(runtime);
}

/** Through `npm exec`, since the generator is large and only changes of the protocol need it. */
function generate(into: string): void {
  const tools = packages.map((name) => `--package=${name}`);
  const command = ['buf', 'generate', 'proto', '--template', 'proto/buf.gen.yaml', '--output', into];
  const options = { cwd: runtime, stdio: 'inherit', shell: process.platform === 'win32' } as const;
  const generated = spawnSync('npm', ['exec', '--yes', '--loglevel=error', ...tools, '--', ...command], options);
  if (generated.error) throw generated.error;
  if (generated.status !== 0) throw new Error(`buf generate ended with ${generated.status}`);
}

/** Each file's text by its path below `folder`. */
function contents(folder: string): Map<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path.slice(folder.length).replaceAll('\\', '/'), readFileSync(path, 'utf8')];
    }),
  );
}

function difference(generated: ReadonlyMap<string, string>, committed: ReadonlyMap<string, string>): readonly string[] {
  return [...new Set([...generated.keys(), ...committed.keys()])]
    .filter((path) => generated.get(path) !== committed.get(path))
    .sort();
}
