/** The phases of `npm test`, in order. Each can be run alone: `npm test -- unit`. */
export interface Phase {
  readonly name: string;
  readonly description: string;
  /** Test files of node:test, as globs from the root; or a command whose exit code decides, counted as one test. */
  readonly files?: readonly string[];
  readonly command?: readonly string[];
  /** All files in one process: fast, and it shows that they leave nothing behind. */
  readonly inOneProcess?: boolean;
  /** Gets its own Postgres and NATS, and a Redis, a MongoDB and a RabbitMQ where available. */
  readonly needsServers?: boolean;
  /** Prints the output of its tests, which report their progress. */
  readonly showsOutput?: boolean;
  /** Modules that are loaded before the tests. */
  readonly imports?: readonly string[];
  readonly limitMs: number;
}

const source = ['runtime', 'services', 'infra', 'e2e'];

export const phases: readonly Phase[] = [
  { name: 'types', description: 'TypeScript checks everything', command: ['tsc', '-p', '.'], limitMs: 120_000 },
  {
    name: 'frontend-types',
    description: 'TypeScript checks the frontend',
    command: ['tsc', '-p', 'frontend'],
    limitMs: 120_000,
  },
  {
    name: 'lint',
    description: 'oxlint finds nothing',
    command: ['oxlint', '--type-aware', ...source, 'frontend'],
    limitMs: 120_000,
  },
  {
    name: 'format',
    description: 'oxfmt would change nothing',
    command: ['oxfmt', '--check', ...source, 'frontend'],
    limitMs: 60_000,
  },
  {
    name: 'unit',
    description: 'unit tests; every component against its port’s tests on real servers',
    files: [
      'runtime/**/*.test.ts',
      'services/**/*.test.ts',
      'frontend/**/*.test.ts',
      'infra/**/*.test.ts',
      'e2e/harness/*.test.ts',
      'e2e/load/**/*.test.ts',
    ],
    inOneProcess: true,
    needsServers: true,
    limitMs: 600_000,
  },
  {
    name: 'pages',
    description: 'component tests: a shopper uses each page, in a simulated DOM, with a mocked server and clock',
    files: ['frontend/src/**/*.test.tsx'],
    inOneProcess: true,
    imports: ['frontend/testing/dom.ts'],
    limitMs: 120_000,
  },
  {
    name: 'hostile',
    description: 'a sidecar and malformed or hostile clients: every route, every RPC, every port',
    files: ['e2e/hostile/*.test.ts'],
    limitMs: 240_000,
  },
  {
    name: 'sdk',
    description: 'programs on Dapr’s own SDKs use every block; languages that are not installed are skipped',
    files: ['e2e/sdk/*.test.ts'],
    showsOutput: true,
    limitMs: 1_200_000,
  },
  {
    name: 'store',
    description: 'the whole store, through its API and in a browser',
    files: ['e2e/store/*.test.ts'],
    inOneProcess: true,
    limitMs: 600_000,
  },
  {
    name: 'robustness',
    description: 'the store under hostile input: every text field, every id in a path, forged events',
    files: ['e2e/robustness/*.test.ts'],
    limitMs: 600_000,
  },
  {
    name: 'faults',
    description: 'programs are killed, messages lost and poisoned while orders run',
    files: ['e2e/faults/*.test.ts'],
    limitMs: 1_200_000,
  },
];
