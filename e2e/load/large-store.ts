import { tablePrefix } from './components.ts';
import type { SidecarUnderTest, RunningSidecar } from './sidecar-under-test.ts';
import type { BenchEnvironment } from './bench-environment.ts';

export function largeStoreName(keys: number): string {
  return `grown${keys}`;
}

/** Starts a sidecar with stores of these numbers of keys. The rows equal those that it would write itself. */
export async function startLargeStores(
  environment: BenchEnvironment,
  candidate: SidecarUnderTest,
  sizes: readonly number[],
): Promise<RunningSidecar> {
  const runner = await candidate.start({ appId: 'grown', stores: sizes.map(largeStoreName) });
  for (const keys of sizes) {
    const table = `${tablePrefix(candidate.name, largeStoreName(keys))}state`;
    await environment.database.query(
      `insert into ${table} (key, value)
       select 'grown||k' || n, convert_to('{"text":"' || repeat('x', 1000) || '"}', 'utf8') from generate_series(0, $1 - 1) n`,
      [keys],
    );
    await environment.database.query(`vacuum analyze ${table}`);
  }
  return runner;
}
