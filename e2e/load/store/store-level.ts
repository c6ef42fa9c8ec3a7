import type { StoreUnderTest } from '../../harness/store.ts';
import { type Latency, latencyOf } from './latency.ts';
import { kindOf, type ProgramKind, programKinds, type ProgramUsages, readUsages } from './program-usage.ts';
import { buyOrder, type PageName, pageNames } from './store-shopper.ts';

/** What a number of concurrent shoppers measured. */
export interface StoreLevel {
  readonly shoppers: number;
  readonly orders: number;
  readonly seconds: number;
  /** Responses with 503; they are in no other figure but the time. */
  readonly unavailable: number;
  /** Processor time for one order, in milliseconds. */
  readonly cpuMs: Readonly<Record<ProgramKind, number>>;
  readonly cpuMsByProgram: Readonly<Record<string, number>>;
  /** From the checkout to the event that the order is delivered. */
  readonly delivery: Latency;
  readonly pages: Readonly<Record<PageName, Latency>>;
}

export interface LevelOptions {
  readonly store: StoreUnderTest;
  readonly productIds: readonly string[];
  readonly shoppers: number;
  /** No order is started after that. */
  readonly seconds: number;
  /** Nor after so many. */
  readonly maxOrders?: number;
}

/** So many shoppers at a time buy an order each, and a new one comes for each who leaves. Ends when all orders are delivered. */
export async function runLevel(options: LevelOptions): Promise<StoreLevel> {
  const { store, productIds, shoppers: count, seconds, maxOrders = Infinity } = options;
  const times: Record<string, number[]> = Object.fromEntries(pageNames.map((name) => [name, []]));
  const deliveries: number[] = [];
  let unavailable = 0;
  const recorder = {
    page: (name: PageName, ms: number) => void times[name]?.push(ms),
    unavailable: () => void unavailable++,
    delivered: (ms: number) => void deliveries.push(ms),
  };
  const before = readUsages(store.running().pids);
  const begun = performance.now();
  let started = 0;
  const buyUntilEnd = async (): Promise<void> => {
    while (performance.now() - begun < seconds * 1_000 && started < maxOrders)
      await buyOrder(store.url, productIds[started++ % productIds.length] ?? '', recorder);
  };
  await Promise.all(Array.from({ length: count }, buyUntilEnd));
  const elapsedMs = performance.now() - begun;
  const cpuMsByProgram = cpuPer(deliveries.length, before, readUsages(store.running().pids));
  return {
    shoppers: count,
    orders: deliveries.length,
    seconds: elapsedMs / 1_000,
    unavailable,
    cpuMs: byKind(cpuMsByProgram),
    cpuMsByProgram,
    delivery: latencyOf(deliveries),
    pages: Object.fromEntries(pageNames.map((name) => [name, latencyOf(times[name] ?? [])])) as StoreLevel['pages'],
  };
}

/** Processor time in between by program, for each of `count` orders or seconds. */
export function cpuPer(count: number, before: ProgramUsages, after: ProgramUsages): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(after).map(([name, { cpuMs }]) => [name, (cpuMs - (before[name]?.cpuMs ?? 0)) / count]),
  );
}

/** The sums over all programs of a kind. */
export function byKind(values: Readonly<Record<string, number>>): Readonly<Record<ProgramKind, number>> {
  const sums = Object.fromEntries(programKinds.map((kind) => [kind, 0])) as Record<ProgramKind, number>;
  for (const [name, value] of Object.entries(values)) sums[kindOf(name)] += value;
  return sums;
}
