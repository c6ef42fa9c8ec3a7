import { DaprError, ProblemError } from '@outrigger/sdk';
import type { DaprClient } from '@outrigger/sdk';
import type { StreamedActivity } from './inside-view.ts';

/** Reads what the sidecars of the store have recorded. Throws a 501 problem on a sidecar that records nothing. */
export interface ActivityReader {
  ofTrace(traceId: string): Promise<readonly StreamedActivity[]>;
  /** The trace of an order, found by an event that told of it; for orders from before this process. */
  traceOf(orderId: string): Promise<string | undefined>;
}

const apps = 'catalog,cart,order,payment,storefront';
/** More than the longest order leaves, many times over. */
const limit = 5_000;

export function activityReader(client: DaprClient): ActivityReader {
  const read = async (query: Readonly<Record<string, string>>): Promise<readonly StreamedActivity[]> => {
    const path = `/v1.0-outrigger/activities?${new URLSearchParams({ ...query, limit: String(limit) }).toString()}`;
    const answer = await client.send({ method: 'GET', path, isPrivate: true, timeoutMs: 8_000 });
    if (answer.status === 404 || answer.status === 405) throw noActivities();
    if (answer.status >= 300) throw new DaprError(answer.status, 'ERR_ACTIVITIES', `activities: ${answer.status}`);
    const page = JSON.parse(new TextDecoder().decode(answer.body)) as { activities: readonly StreamedActivity[] };
    return page.activities;
  };
  return {
    ofTrace: (traceId) => read({ traceId, apps }),
    async traceOf(orderId) {
      const deliveries = await read({ kind: 'deliver', apps: 'storefront,order' });
      return deliveries.find(({ input }) => input?.includes(`"orderId":"${orderId}"`))?.traceId;
    },
  };
}

const noActivities = (): ProblemError =>
  new ProblemError({
    type: 'no-activities',
    status: 501,
    title: 'No view inside',
    detail:
      'The sidecars in use keep no record of what they do, so there is nothing to look at. The order itself is fine.',
  });
