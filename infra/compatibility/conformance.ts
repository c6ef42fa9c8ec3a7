/** One recorded case of the public conformance suite of Dapr. */
export interface CaseResult {
  /** Such as `daprd/state/http/basic`. */
  readonly name: string;
  readonly passed: boolean;
  /** Why it fails; required for every failing case. */
  readonly reason?: string;
}

export interface Conformance {
  /** When, where and at which commit it was run. */
  readonly runInfo: string;
  readonly results: readonly CaseResult[];
}

/** Lines of `PASS name` and `FAIL name: reason`, after one line `# details of the run`. */
export function readConformance(text: string): Conformance {
  const lines = text.split('\n').filter(Boolean);
  const runInfo = lines[0]?.startsWith('# ') ? lines[0].slice(2) : '';
  const results = lines
    .filter((line) => !line.startsWith('#'))
    .map((line): CaseResult => {
      const match = /^(PASS|FAIL):? ([^\s:]+)(?:: (.+))?$/.exec(line);
      if (!match) throw new Error(`not a result: ${line}`);
      const [, outcome, name = '', reason] = match;
      return { name, passed: outcome === 'PASS', ...(reason === undefined ? {} : { reason }) };
    });
  return { runInfo, results };
}

export function writeConformance({ runInfo, results }: Conformance): string {
  const lines = results
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, passed, reason }) => (passed ? `PASS ${name}` : `FAIL ${name}: ${reason ?? 'not known yet'}`));
  return `# ${runInfo}\n${lines.join('\n')}\n`;
}

/** `daprd/hotreload/selfhosted/…` is of the area `hotreload`, `actors/metadata/…` of `actors`. */
export function areaOf(name: string): string {
  const [first = '', second = ''] = name.split('/');
  return first === 'daprd' ? second : first;
}
