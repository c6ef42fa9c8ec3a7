import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTables } from './architecture/tables.ts';
import { exitWithError, helpText, readCommandLine } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';
import { replaceFile } from './scaffold/replace-file.ts';
import { serviceFiles } from './scaffold/service-files.ts';
import { serviceFolder } from './scaffold/service-folder.ts';
import { type ServiceName, serviceName } from './scaffold/service-name.ts';
import { serviceWiring } from './scaffold/service-wiring.ts';
import type { Edit } from './scaffold/text-edits.ts';
import { StartError } from './servers/server.ts';
import { topology } from './topology.ts';

const argv = process.argv.slice(2);
const names = argv.filter((each) => !each.startsWith('-'));

try {
  const { help: wantsHelp, remove } = readCommandLine(
    'new:service',
    argv.filter((each) => each.startsWith('-')),
    { remove: { type: 'boolean' } },
  );
  if (wantsHelp) process.stdout.write(helpText('new:service'));
  else if (names.length > 1) throw new StartError(`One name, not ${names.length}.`, 'npm run new:service -- --help');
  else if (remove) removeService(serviceName(names[0]));
  else addService(serviceName(names[0]));
} catch (cause) {
  exitWithError(cause);
}

function addService(name: ServiceName): void {
  const { app } = name;
  const folder = serviceFolder(root, app);
  if (topology.some((program) => program.app === app) || folder.exists())
    throw new StartError(`There is a service ${app} already.`, 'Choose another name, or remove it with --remove.');
  const port = Math.max(...topology.map((program) => program.port)) + 1;
  applyEdits(serviceWiring(name, port), 'add');
  const files = serviceFiles(name);
  folder.write(files);
  for (const file of Object.keys(files)) print(`added    ${file}`);
  updateTables();
  updatePackages();
  print(`
The service ${app} listens on port ${port} in a container, and on a free one under npm start.
A running store has already reloaded the component files, but does not start the new service: restart it.
Next: npm run check, then npm start: each order's inside view shows ${app}. It begins in services/${app}/src/consumers/order-subscription.ts.`);
}

/** Also what an interrupted command has left: topology is changed first, and the folder exists only as a whole. */
function removeService(name: ServiceName): void {
  const program = topology.find(({ app }) => app === name.app);
  const folder = serviceFolder(root, name.app);
  const isRemovable = folder.exists() ? folder.isGenerated() : program !== undefined;
  if (!isRemovable) throw new StartError(`${name.app} is no service that this command added.`, 'Remove it by hand.');
  folder.remove();
  print(`removed  services/${name.app}`);
  if (program) applyEdits(serviceWiring(name, program.port).toReversed(), 'remove');
  updateTables();
  updatePackages();
}

/** All files are computed before the first is written: a place that is not found leaves everything as it was. */
function applyEdits(edits: readonly Edit[], direction: 'add' | 'remove'): void {
  const texts = new Map<string, string>();
  for (const edit of edits) {
    const text = texts.get(edit.file) ?? readFileSync(join(root, edit.file), 'utf8');
    texts.set(edit.file, edit[direction](text));
  }
  for (const [file, text] of texts) {
    replaceFile(join(root, file), text);
    print(`changed  ${file}`);
  }
  run(
    'node_modules/.bin/oxfmt',
    [...texts.keys()].filter((file) => file.endsWith('.ts')),
  );
}

/** The list of folders in the architecture page, and the pages of npm run api, in a process that reads the new topology. */
function updateTables(): void {
  const page = 'docs/ARCHITECTURE.md';
  replaceFile(join(root, page), withTables(readFileSync(join(root, page), 'utf8'), root));
  print(`changed  ${page}`);
  run(process.execPath, ['infra/api.ts']);
  print('changed  docs/asyncapi.yaml');
  print('changed  docs/api.md');
}

/** Links the new workspace and updates package-lock.json. No package is downloaded: the service needs no new one. */
function updatePackages(): void {
  run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error']);
  print('changed  package-lock.json');
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0)
    throw new StartError(`${command} ${args.join(' ')} failed.`, 'Read its output above, fix it and run it again.', {
      cause: error,
    });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
