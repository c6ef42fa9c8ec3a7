import type { OrderChanged } from '@tidewater/contracts/events.ts';
import { silentLog } from '@tidewater/kit/log.ts';
import type { Log, LogFields } from '@tidewater/kit/log.ts';
import { testActor } from '@outrigger/sdk/testing';
import { orderActor } from './order-actor.ts';
import { sampleRequest } from './sample-order.ts';
import type { OrderTimes } from './watchdog.ts';

export const sampleTimes = { graceMs: 10_000, fulfilmentMs: 6_000, watchdogMs: 15_000 } as const;

/** An order actor in memory, for tests; with the state that an earlier version has saved, if any. */
export function orderFixture(saved?: unknown, times: OrderTimes = sampleTimes) {
  const errors: LogFields[] = [];
  const log: Log = { ...silentLog, error: (fields) => void errors.push(fields) };
  const definition = orderActor({ ...times, log });
  // What was saved is a copy each time, as it is when it is read.
  const stored = saved === undefined ? definition : { ...definition, state: () => structuredClone(saved) };
  const order = testActor(stored, { id: sampleRequest.orderId });
  const changes = (): OrderChanged[] => order.events.map(({ data }) => data as OrderChanged);
  return {
    order,
    errors,
    published: () => changes().map(({ version, status }) => `${version} ${status}`),
    texts: () => changes().map(({ story }) => story),
    commands: () => changes().flatMap(({ asks }) => asks),
  };
}
