// The only file that must run on an old Node: installs what is missing, then hands over to Node 24.
//   node infra/bootstrap.mjs [--dev] <script.ts> [arguments of the script]
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requiredNode = 24;
const args = process.argv.slice(2);
const needsDev = args[0] === '--dev';
if (needsDev) args.shift();

const help = args.includes('--help') ? helpText() : undefined;
if (help === undefined) {
  install();
  handOver(findNode());
} else process.stdout.write(help);

/** The help of the npm script that runs `args`, or of its subcommand. It needs neither packages nor a newer Node. */
function helpText() {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const name = Object.keys(scripts).find((each) => scripts[each].split(' ').includes(args[0]));
  const pages = name === undefined ? [] : [`${name}-${args[1]}`, name];
  const files = pages.map((page) => join(root, 'infra/help', `${page.replaceAll(':', '-')}.txt`));
  const file = files.find((each) => existsSync(each));
  return file && readFileSync(file, 'utf8');
}

function install() {
  const lock = createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex');
  const stamp = join(root, 'node_modules', '.installed');
  const hasTools = existsSync(join(root, 'node_modules', 'typescript'));
  if ((isStamped(stamp, lock) || isNpmsOwn()) && (hasTools || !needsDev)) return;
  const dev = needsDev || hasTools;
  process.stderr.write(`Installing packages (once, ${dev ? 'with the tools for tests' : 'for running'}) …\n`);
  const from = Date.now();
  const npm = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', ...(dev ? [] : ['--omit=dev'])], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (npm.error || npm.status !== 0) {
    process.stderr.write(
      `\nInstalling failed${npm.error ? `: ${npm.error.message}` : ` (npm ci ended with ${npm.status})`}.\n` +
        "See npm's message above; with a proxy or a private registry, check `npm config get registry`, then run the command again.\n",
    );
    process.exit(1);
  }
  writeFileSync(stamp, lock);
  process.stderr.write(`Installed in ${((Date.now() - from) / 1000).toFixed(1)} s\n`);
}

function isStamped(stamp, lock) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === lock;
}

/** The user ran npm by hand: then npm's record of the installation is as new as the lock file. */
function isNpmsOwn() {
  const record = join(root, 'node_modules', '.package-lock.json');
  return existsSync(record) && statSync(record).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs;
}

function findNode() {
  if (Number(process.versions.node.split('.')[0]) >= requiredNode) return process.execPath;
  const platform = `${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  try {
    const home = dirname(createRequire(join(root, 'package.json')).resolve(`node-${platform}/package.json`));
    const binary = join(home, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
    if (existsSync(binary)) return binary;
  } catch {
    // No such package for this platform: reported below.
  }
  process.stderr.write(
    `This needs Node ${requiredNode}; found ${process.versions.node} and no packaged Node for ${platform}. Install Node ${requiredNode} or newer and run the command again.\n`,
  );
  process.exit(1);
}

function handOver(binary) {
  const cache = join(root, '.outrigger', 'compile-cache');
  mkdirSync(cache, { recursive: true });
  const child = spawn(binary, [join(root, args[0]), ...args.slice(1)], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? cache,
      // Otherwise glibc allocates one heap per thread: 25 MB more in every busy process.
      MALLOC_ARENA_MAX: process.env.MALLOC_ARENA_MAX ?? '2',
      OUTRIGGER_EXIT_WITH_PARENT: '1',
    },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
  child.on('error', (error) => {
    process.stderr.write(`Cannot start ${binary}: ${error.message}\n`);
    process.exit(1);
  });
  exitWithNpm(child);
}

/** When npm or its shell is killed by SIGKILL, no signal arrives here: so poll whether they run. */
function exitWithNpm(child) {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const parent = process.ppid;
  const grandparent = Number(
    spawnSync('ps', ['-o', 'ppid=', '-p', String(parent)], { encoding: 'utf8' }).stdout?.trim(),
  );
  const hasExited = (pid) => {
    try {
      process.kill(pid, 0);
      return false;
    } catch (error) {
      return error.code === 'ESRCH';
    }
  };
  setInterval(() => {
    if (process.ppid !== parent || (grandparent > 1 && hasExited(grandparent))) child.kill('SIGTERM');
  }, 500).unref();
}
