import { readFileSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { argumentsOrExit, exitWithError } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';
import { applyExperiment } from './patterns/apply.ts';
import { type Experiment, experiments } from './patterns/experiments.ts';
import { type Pattern, patternsOf, type PatternTest } from './patterns/patterns-page.ts';
import { failureText, runTest } from './patterns/run-test.ts';
import { copyTree } from './patterns/tree-copy.ts';
import { StartError } from './servers/server.ts';
import { startTestServers } from './servers/test-servers.ts';

const patterns = patternsOf(readFileSync(join(root, 'docs/patterns.md'), 'utf8'));
const patternOf = (experiment: Experiment): Pattern | undefined =>
  patterns.find(({ name }) => name === experiment.pattern);
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const names = argumentsOrExit('pattern');
const unknown = names.filter((name) => name !== 'all' && !experiments.some((each) => each.name === name));
if (names.length === 0 || unknown.length > 0)
  exitWithError(
    new StartError(
      names.length === 0 ? 'No pattern is named.' : `No pattern is called ${unknown.join(', ')}.`,
      'npm run pattern -- --help lists them.',
    ),
  );

const chosen = experiments.filter(({ name }) => names.includes('all') || names.includes(name));
const needsServers = chosen.some((experiment) => experiment.needsServers);
const servers = needsServers ? await startTestServers({ note: print, isMinimal: true }) : undefined;
const env = { ...process.env, ...servers?.env };
const copies = new Set<string>();
const cleanUp = async (): Promise<void> => {
  await servers?.stop();
  for (const copy of copies) rmSync(copy, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => void cleanUp().then(() => process.exit(130)));
let failures = 0;
try {
  for (const experiment of chosen) if (!(await show(experiment))) failures += 1;
} finally {
  await cleanUp();
}
if (chosen.length > 1)
  print(`\n${chosen.length - failures} of ${chosen.length} tests pass with their pattern and fail without it`);
process.exit(failures === 0 ? 0 : 1);

/** True when the test passes with the pattern and fails without it. */
async function show(experiment: Experiment): Promise<boolean> {
  const pattern = patternOf(experiment);
  const test = pattern?.tests.find(({ file }) => experiment.test === undefined || file === experiment.test);
  if (pattern === undefined || test === undefined)
    throw new Error(`docs/patterns.md has no test of ${experiment.name}`);
  print(`\n▸ ${pattern.name}\n  Without it: ${pattern.without}\n  Test: ${test.file}: ${test.testName ?? 'all'}`);
  const tree = realpathSync(copyTree(root));
  copies.add(tree);
  return compare(tree, experiment, test);
}

async function compare(tree: string, experiment: Experiment, test: PatternTest): Promise<boolean> {
  const intact = await runTest(tree, test, env);
  if (intact.passed === 0 || intact.failed > 0) {
    print(`✗ The test does not pass with the pattern:\n${failureText(intact.output, 30)}`);
    return false;
  }
  print(`✓ passes with the pattern`);
  print(`\n  Removed: ${experiment.removed}`);
  applyExperiment(tree, experiment);
  for (const [guard, without] of experiment.replace) print(diff(experiment.file, guard, without));
  const { failed, output } = await runTest(tree, test, env);
  if (failed === 0) {
    print('✗ The test also passes without the pattern.');
    return false;
  }
  print(`✓ fails without it:\n${failureText(output.replaceAll(tree, '.'), 24)}`);
  return true;
}

function diff(file: string, guard: string, without: string): string {
  const lines = (sign: string, text: string): string[] =>
    text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .map((line) => `  ${sign} ${line.trim()}`);
  return [`  ${file}`, ...lines('-', guard), ...lines('+', without)].join('\n');
}
