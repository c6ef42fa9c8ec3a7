import { tablePrefix } from './components.ts';
import type { Contestant, Runner } from './contestant.ts';
import type { Field } from './field.ts';

export function grownStore(keys: number): string {
  return `grown${keys}`;
}

/** A sidecar with stores that hold so many keys. The rows are the ones that it would write itself. */
export async function startGrown(field: Field, contestant: Contestant, sizes: readonly number[]): Promise<Runner> {
  const runner = await contestant.start({ appId: 'grown', stores: sizes.map(grownStore) });
  for (const keys of sizes) {
    const table = `${tablePrefix(contestant.name, grownStore(keys))}state`;
    await field.database.query(
      `insert into ${table} (key, value)
       select 'grown||k' || n, convert_to('{"text":"' || repeat('x', 1000) || '"}', 'utf8') from generate_series(0, $1 - 1) n`,
      [keys],
    );
    await field.database.query(`vacuum analyze ${table}`);
  }
  return runner;
}
