import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import type { ProductPage } from '@tidewater/contracts/catalog.ts';
import { optionsOrExit } from '../../../infra/launcher/command-line.ts';
import { root } from '../../../infra/launcher/folders.ts';
import { StartError } from '../../../infra/servers/server.ts';
import { ledgerChecks } from '../../harness/ledger-checks.ts';
import { pause, startStore, type StoreUnderTest } from '../../harness/store.ts';
import { currentCommit, machineName } from '../machine.ts';
import { inspectorEnv, startProfiles } from './cpu-profiles.ts';
import { type ProgramKind, readUsages } from './program-usage.ts';
import { withSection } from './sections.ts';
import { byKind, cpuPer, runLevel, type StoreLevel } from './store-level.ts';
import { type MemoryByKind, storeReportOf } from './store-report.ts';

const defaults = { seconds: '10', shoppers: '1,8,32,64', orders: '2000' };
/** Enough for every order of a run. */
const stock = 100_000;
/** Compiles what an order runs through, and opens connections. */
const warmUpShoppers = 8;
const warmUpSeconds = 15;
const fillShoppers = 32;
const fillLimitSeconds = 120;
/**
 * Carts confirm their checkouts until 15 s after the load, the storefront stores what the inside view shows, and programs
 * collect their garbage 5 to 10 s after that.
 */
const restMs = 60_000;
const idleMs = 4_000;
const zeroWaits = { GRACE_SECONDS: '0', FULFILMENT_SECONDS: '0', WATCHDOG_SECONDS: '15' };

export async function benchStore(print: (line: string) => void): Promise<void> {
  const values = optionsOrExit(
    'bench',
    {
      seconds: { type: 'string', default: defaults.seconds },
      shoppers: { type: 'string', default: defaults.shoppers },
      orders: { type: 'string', default: defaults.orders },
      profile: { type: 'string' },
    },
    'bench-store',
  );
  const seconds = positive('--seconds', values.seconds);
  const shoppers = values.shoppers.split(',').map((text) => positive('--shoppers', text));
  const orders = positive('--orders', values.orders);
  const { profile } = values;
  const isWhole = profile === undefined && Object.entries(defaults).every(([k, v]) => values[k as 'orders'] === v);
  const loadBefore = loadavg()[0] ?? 0;
  const store = await startStore({ env: { ...zeroWaits, ...(profile !== undefined && inspectorEnv) } });
  const stop = (): void => void store.stop().then(() => process.exit(130));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  try {
    print('the store is open');
    const productIds = await fillStock(store);
    const before = memoryOf(store);
    const idle = await idleLoad(store);
    const level = async (count: number, forSeconds: number, maxOrders?: number): Promise<StoreLevel> => {
      const result = await runLevel({ store, productIds, shoppers: count, seconds: forSeconds, maxOrders });
      print(`${count} shoppers: ${result.orders} orders in ${result.seconds.toFixed(1)} s`);
      return result;
    };
    let done = (await level(warmUpShoppers, warmUpSeconds)).orders;
    const levels: StoreLevel[] = [];
    for (const [index, count] of shoppers.entries()) {
      const { pids, logs } = store.running();
      const isProfiled = profile !== undefined && index === shoppers.length - 1;
      const profiling = isProfiled ? await startProfiles(pids, logs) : undefined;
      levels.push(await level(count, seconds));
      await profiling?.stop(profile ?? '');
    }
    done += levels.reduce((sum, each) => sum + each.orders, 0);
    if (done < orders) done += (await level(fillShoppers, fillLimitSeconds, orders - done)).orders;
    await pause(restMs);
    const memory = { before, after: memoryOf(store), orders: done };
    const problems = await ledgerChecks(store.running).invariants();
    if (problems.length > 0) throw new Error(`the store's books do not balance: ${problems.join('; ')}`);
    const report = storeReportOf({
      date: new Date().toISOString().slice(0, 10),
      commit: currentCommit(),
      machine: machineName(),
      versions: [`Node ${process.versions.node}`],
      loadBefore,
      levels,
      idle,
      memory,
    });
    print(`\n${report}`);
    if (isWhole) {
      writeSection('store', report);
      print('written: docs/performance.md');
    }
  } finally {
    await store.stop();
  }
}

export function writeSection(name: 'sidecar' | 'store', text: string): void {
  const file = join(root, 'docs/performance.md');
  writeFileSync(file, withSection(existsSync(file) ? readFileSync(file, 'utf8') : '', name, text));
}

async function fillStock(store: StoreUnderTest): Promise<readonly string[]> {
  const response = await fetch(`${store.url}/api/products?size=24`);
  const { products } = (await response.json()) as ProductPage;
  const ids = products.map(({ id }) => id);
  const ledger = ledgerChecks(store.running);
  for (const id of ids) await ledger.setStock(id, stock);
  return ids;
}

/** Processor time of each second without any request, in milliseconds. */
async function idleLoad(store: StoreUnderTest): Promise<Readonly<Record<ProgramKind, number>>> {
  const { pids } = store.running();
  await pause(idleMs);
  const before = readUsages(pids);
  await pause(idleMs);
  return byKind(cpuPer(idleMs / 1_000, before, readUsages(pids)));
}

function memoryOf(store: StoreUnderTest): MemoryByKind {
  const usages = Object.entries(readUsages(store.running().pids));
  return byKind(Object.fromEntries(usages.map(([name, { pssMb }]) => [name, pssMb])));
}

function positive(option: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new StartError(
    `${option} ${text} is not a positive number.`,
    'npm run bench -- store --help lists the options.',
  );
}
