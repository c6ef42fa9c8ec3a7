import { DaprError, ProblemError, queryString } from '@outrigger/sdk';
import type { DaprClient } from '@outrigger/sdk';
import type { StreamedActivity } from './inside-view.ts';

/** Reads what the sidecars of the store have recorded. Throws a 501 problem on a sidecar that records nothing. */
export interface ActivityReader {
  ofTrace(traceId: string): Promise<readonly StreamedActivity[]>;
  /** The trace of an order, found by the delivery of an event about it; for orders from before this process. */
  traceOf(orderId: string): Promise<string | undefined>;
}

/** Far more than one order produces. */
const limit = 5_000;
/** A sidecar waits for the others for 2 s. */
const timeoutMs = 3_000;

export function activityReader(client: DaprClient, apps: readonly string[]): ActivityReader {
  const read = async (query: Readonly<Record<string, string>>): Promise<readonly StreamedActivity[]> => {
    const path = `/v1.0-outrigger/activities${queryString({ ...query, limit })}`;
    const response = await client.send({ method: 'GET', path, isPrivate: true, timeoutMs });
    if (response.status === 404 || response.status === 405) throw noActivities();
    if (response.status >= 300)
      throw new DaprError(response.status, 'ERR_ACTIVITIES', `activities: ${response.status}`);
    const page = JSON.parse(new TextDecoder().decode(response.body)) as { activities: readonly StreamedActivity[] };
    return page.activities;
  };
  const withEvents = apps.filter((app) => app === 'storefront' || app === 'order');
  return {
    ofTrace: (traceId) => read({ traceId, apps: apps.join(',') }),
    async traceOf(orderId) {
      const deliveries = await read({ kind: 'deliver', apps: withEvents.join(',') });
      return deliveries.find(({ input }) => input?.includes(`"orderId":"${orderId}"`))?.traceId;
    },
  };
}

const noActivities = (): ProblemError =>
  new ProblemError({
    type: 'no-activities',
    status: 501,
    title: 'No view inside',
    detail: 'The sidecars in use record no activities, so there is nothing to look at. The order itself is fine.',
  });

export const hasNoActivities = (error: unknown): boolean => error instanceof ProblemError && error.status === 501;
