import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { optionsOrExit } from '../launcher/command-line.ts';
import { root } from '../launcher/folders.ts';
import { type CaseResult, readConformance, writeConformance } from './conformance.ts';
import { pageOf } from './page.ts';

const { results } = optionsOrExit('compatibility', { results: { type: 'string' } });
const record = join(import.meta.dirname, 'conformance.txt');

if (results !== undefined) recordResults(results);
writeFileSync(join(root, 'docs/compatibility.md'), pageOf(readConformance(readFileSync(record, 'utf8'))));

function recordResults(file: string): void {
  const reasons = new Map(
    readConformance(readFileSync(record, 'utf8')).results.map(({ name, reason }) => [name, reason] as const),
  );
  const results = readConformance(readFileSync(file, 'utf8')).results.map((result): CaseResult => {
    const reason = reasons.get(result.name);
    return result.passed || reason === undefined ? result : { ...result, reason };
  });
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout.trim();
  const date = new Date().toISOString().slice(0, 10);
  const runInfo = `Run on ${date} at commit ${commit}, on ${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown processor'}`;
  writeFileSync(record, writeConformance({ runInfo, results }));
}
