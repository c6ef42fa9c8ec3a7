import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Experiment } from './experiments.ts';

/** Why an experiment does not apply to the tree; undefined when it does. */
export function mismatch(root: string, { file, replace }: Experiment): string | undefined {
  const text = readFileSync(join(root, file), 'utf8');
  const missing = replace.filter(([guard]) => text.split(guard).length !== 2).map(([guard]) => guard);
  if (replace.length > 0 && missing.length === 0) return undefined;
  return `${file} must contain exactly once: ${missing.join(' | ')}`;
}

/** Removes the pattern that the experiment is about. */
export function applyExperiment(root: string, experiment: Experiment): void {
  const reason = mismatch(root, experiment);
  if (reason !== undefined) throw new Error(reason);
  const path = join(root, experiment.file);
  const text = experiment.replace.reduce(
    (changed, [guard, without]) => changed.replace(guard, () => without),
    readFileSync(path, 'utf8'),
  );
  writeFileSync(path, text);
}
