import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { countByArea, wordAreas, wordUses, type WordUse } from './checks/words.ts';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';

const { before, update } = optionsOrExit('words', {
  before: { type: 'string' },
  update: { type: 'boolean', default: false },
});
const limitsFile = join(import.meta.dirname, 'checks/word-limits.json');

function git(args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr.trim()}`);
  return stdout;
}

function usesAt(commit: string): readonly WordUse[] {
  const folder = mkdtempSync(join(tmpdir(), 'words-'));
  try {
    const archive = join(folder, 'tree.tar');
    git(['archive', '--output', archive, commit]);
    spawnSync('tar', ['-xf', archive, '-C', folder]);
    return wordUses(folder, git(['ls-tree', '-r', '--name-only', commit]).split('\n').filter(Boolean));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const uses = wordUses(
  root,
  git(['ls-files', '--cached', '--others', '--exclude-standard']).split('\n').filter(Boolean),
);
const counts = countByArea(uses);
if (before === undefined && !update)
  for (const { file, line, word } of uses) process.stdout.write(`${file}:${line} ${word}\n`);
const earlier = before === undefined ? undefined : countByArea(usesAt(before));
for (const [area] of wordAreas)
  process.stdout.write(
    `${area.padEnd(24)}${earlier ? `${String(earlier[area]).padStart(6)} →` : ''}${String(counts[area]).padStart(6)}\n`,
  );
if (update) {
  const limits = JSON.parse(readFileSync(limitsFile, 'utf8')) as Record<string, number>;
  const lowered = Object.fromEntries(
    wordAreas.map(([area]) => [area, Math.min(limits[area] ?? counts[area] ?? 0, counts[area] ?? 0)]),
  );
  writeFileSync(limitsFile, `${JSON.stringify(lowered, undefined, 2)}\n`);
}
