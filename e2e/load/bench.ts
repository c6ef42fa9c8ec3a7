import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sidecarBundle } from '../../infra/launcher/bundles.ts';
import { optionsOrExit } from '../../infra/launcher/command-line.ts';
import { root } from '../../infra/launcher/folders.ts';
import { makeBundle } from '../../infra/launcher/make-bundle.ts';
import { StartError } from '../../infra/servers/server.ts';
import { type SidecarUnderTest, startCandidate } from './sidecar-under-test.ts';
import { openBenchEnvironment } from './bench-environment.ts';
import { findGhz } from './ghz.ts';
import { loadClient } from './load-client.ts';
import { reportOf } from './report.ts';
import { chartOf } from './chart.ts';
import { currentCommit, firstLine, machineName } from './machine.ts';
import { benchStore, writeSection } from './store/bench-store.ts';
import { rowNames, runAll } from './run-all.ts';

const isStore = process.argv[2] === 'store';
if (isStore) process.argv.splice(2, 1);

const print = (text: string): void => void process.stdout.write(`${text}\n`);

async function benchSidecars(): Promise<void> {
  const values = optionsOrExit('bench', {
    daprd: { type: 'string' },
    beside: { type: 'string' },
    only: { type: 'string', multiple: true },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    events: { type: 'string', default: '20000' },
    big: { type: 'boolean', default: false },
  });
  const only = values.only ?? [];
  const unknown = only.filter((name) => !rowNames.includes(name));
  if (unknown.length > 0)
    throw new StartError(`No row is called ${unknown.join(', ')}.`, `Rows: ${rowNames.join(', ')}.`);
  if (values.daprd !== undefined && values.beside !== undefined)
    throw new StartError('--daprd and --beside exclude each other.', 'Use one of them: a run has one reference.');
  const begun = Date.now();
  const since = (): string => `${((Date.now() - begun) / 1000).toFixed(0).padStart(4)} s  `;
  const note = (text: string): void => print(since() + text);
  const environment = await openBenchEnvironment(note);
  const client = loadClient(await findGhz(note));
  let isClosed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    if (client.isOpen) client.close();
    return (isClosed ??= environment.close());
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void close().then(() => process.exit(130)));
  try {
    await makeBundle(sidecarBundle, () => () => note('the sidecar is bundled, as by npm start'));
    if (values.beside !== undefined) bundleOf(values.beside);
    note('Postgres, NATS and the app run; starting the sidecars');
    const candidates: SidecarUnderTest[] = [await startCandidate(environment, { name: 'ours' })];
    const { daprd, beside } = values;
    if (daprd !== undefined || beside !== undefined)
      candidates.push(await startCandidate(environment, { name: 'reference', daprd, checkout: beside }));
    const scores = await runAll({
      environment,
      client,
      candidates,
      only,
      seconds: Number(values.seconds),
      rounds: Number(values.rounds),
      events: Number(values.events),
      isBig: values.big,
      note,
    });
    const details = {
      date: new Date().toISOString().slice(0, 10),
      commit: currentCommit(),
      machine: machineName(),
      versions: [
        `Node ${process.versions.node}`,
        ...(values.daprd === undefined ? [] : [`daprd ${firstLine(join(values.daprd, 'daprd'), ['--version'])}`]),
        `Postgres ${environment.versions.postgres}`,
        `nats-server ${environment.versions.nats}`,
      ],
      seconds: Number(values.seconds),
      rounds: Number(values.rounds),
      events: Number(values.events),
      minutes: (Date.now() - begun) / 60_000,
    };
    const report = reportOf(scores, details);
    if (only.length > 0 || values.daprd === undefined) print(`\n${report}`);
    else {
      writeSection('sidecar', report);
      writeFileSync(join(root, 'docs/performance.svg'), chartOf(scores));
      note('written: docs/performance.md and docs/performance.svg');
    }
  } finally {
    await close();
  }
}

/** Both sidecars start from a bundle, or their memory would not be comparable. */
function bundleOf(checkout: string): void {
  const { status } = spawnSync(process.execPath, [join(checkout, 'infra/bundle.ts'), 'sidecar'], { cwd: checkout });
  if (status !== 0) throw new StartError(`The sidecar in ${checkout} cannot be bundled.`, 'Run `npm ci` there.');
}

try {
  await (isStore ? benchStore(print) : benchSidecars());
} catch (error) {
  if (error instanceof StartError) print(`\n✗ ${error.message}\n  Fix: ${error.fix}`);
  else print(`\n✗ ${error instanceof Error ? error.stack : String(error)}`);
  process.exitCode = 1;
}
