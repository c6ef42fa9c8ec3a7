import type { SubscriptionResource } from '#core/resource.ts';
import { resourceInvalid } from '../errors.ts';
import type { YamlValue } from './yaml-reader.ts';

/** Reads a Subscription document of either version. Throws `resourceInvalid` with file and line. */
export function subscriptionOf(document: YamlValue): SubscriptionResource {
  const spec = document.at('spec');
  const pubsubname = spec?.at('pubsubname')?.text() ?? '';
  const topic = spec?.at('topic')?.text() ?? '';
  if (pubsubname === '' || topic === '')
    throw resourceInvalid(document.location, 'a subscription needs spec.pubsubname and spec.topic');
  const routes = spec?.at('routes');
  const route = routes ? routes.at('default')?.text() : spec?.at('route')?.text();
  const deadLetterTopic = spec?.at('deadLetterTopic')?.text();
  const bulk = spec?.at('bulkSubscribe');
  return {
    name: document.at('metadata')?.at('name')?.text() ?? '',
    pubsubname,
    topic,
    metadata: Object.fromEntries((spec?.at('metadata')?.entries() ?? []).map(([name, value]) => [name, value.text()])),
    rules: (routes?.at('rules')?.items() ?? []).map((rule) => ({
      match: rule.at('match')?.text() ?? '',
      path: rule.at('path')?.text() ?? '',
    })),
    ...(route ? { defaultRoute: route } : {}),
    ...(deadLetterTopic ? { deadLetterTopic } : {}),
    ...(bulk ? { bulkSubscribe: bulkOf(bulk) } : {}),
    location: document.location,
  };
}

function bulkOf(bulk: YamlValue): NonNullable<SubscriptionResource['bulkSubscribe']> {
  const count = bulk.at('maxMessagesCount')?.integer();
  const wait = bulk.at('maxAwaitDurationMs')?.integer();
  return {
    enabled: bulk.at('enabled')?.isOn() ?? false,
    ...(count ? { maxMessagesCount: count } : {}),
    ...(wait ? { maxAwaitDurationMs: wait } : {}),
  };
}
