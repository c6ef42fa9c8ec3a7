import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { userCache } from '../launcher/folders.ts';
import { freePort } from '../launcher/ports.ts';
import { runTool } from './run-tool.ts';
import type { Print, Server } from './server.ts';

/** Pinned; the wheel carries a server with MongoDB's protocol on MongoDB's storage engine. No package carries mongod. */
const packageName = 'SecantusDB';
const packageVersion = '0.7.0b3';

/**
 * Runs the package from its folder. Its `$$NOW` has a time zone and stored dates have none, which makes them different types
 * in comparisons.
 */
const startProgram = `import os, runpy, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from secantus import commands
resolve = commands._resolve_let_vars
def resolve_with_plain_time(let):
    found = resolve(let)
    found['NOW'] = found['NOW'].replace(tzinfo=None)
    return found
commands._resolve_let_vars = resolve_with_plain_time
runpy.run_module('secantus', run_name='__main__', alter_sys=True)
`;

/** A server for tests, and the Python program that it runs, for tests that start and kill one. */
export interface MongoServer extends Server {
  readonly program?: string;
}

/**
 * The server of `TEST_MONGODB_URL`, or the command to run one, a replica set of one member; undefined when none is
 * available. Only tests need one: the store does not.
 */
export async function mongodbServer(
  home: string,
  print: Print,
  env: NodeJS.ProcessEnv = process.env,
): Promise<MongoServer | undefined> {
  if (env.TEST_MONGODB_URL) return { url: env.TEST_MONGODB_URL, origin: 'TEST_MONGODB_URL' };
  const program = await fetchPackage(print);
  if (program === undefined) return undefined;
  const port = await freePort();
  const data = join(home, 'mongodb');
  mkdirSync(data, { recursive: true });
  const address = ['--host', '127.0.0.1', '--port', String(port), '--storage-path', data];
  return {
    url: `mongodb://127.0.0.1:${port}/?replicaSet=secantus`,
    origin: `${packageName} ${packageVersion}, ${program}`,
    program,
    command: {
      file: python,
      args: [program, ...address, '--cache-size', '64M', '--log-level', 'WARNING'],
      port,
      stopSignal: 'SIGTERM',
    },
  };
}

const python = process.platform === 'win32' ? 'python' : 'python3';

/** From PyPI through pip, once, into the user's cache. The file to run. */
async function fetchPackage(print: Print): Promise<string | undefined> {
  const folder = join(userCache(), `secantusdb-${packageVersion}`);
  const program = join(folder, 'start.py');
  if (existsSync(program)) return program;
  print(`fetching ${packageName} from PyPI, a server for the tests of state.mongodb (120 MB on disk, once) …`);
  const partial = `${folder}.${process.pid}`;
  mkdirSync(partial, { recursive: true });
  const pipFlags = [
    '--quiet',
    '--disable-pip-version-check',
    '--no-warn-script-location',
    '--root-user-action',
    'ignore',
  ];
  const pipTarget = ['--only-binary', ':all:', '--target', partial, `${packageName}==${packageVersion}`];
  const { status, output } = await runTool(python, ['-m', 'pip', 'install', ...pipFlags, ...pipTarget], {
    limitMs: 120_000,
  });
  if (status !== 0 || !existsSync(join(partial, 'secantus'))) {
    rmSync(partial, { recursive: true, force: true });
    print(`no server for state.mongodb, its tests are skipped: ${output.trim().split('\n').at(-1) ?? ''}`);
    return undefined;
  }
  writeFileSync(join(partial, 'start.py'), startProgram);
  rmSync(folder, { recursive: true, force: true });
  renameSync(partial, folder);
  return program;
}
