/** What an API request is called where its URL must not be read, such as `GetState/orders`: the wire's name and what it is about. */
export function operationName(verb: string, path: string): string {
  const request = `${verb} ${path.replace(/^\/v1\.0(-[a-z0-9]+)?\//, '')}`;
  for (const [pattern, name] of operations) {
    const match = pattern.exec(request);
    if (match) return match[1] === undefined ? name : `${name}/${match[1]}`;
  }
  // a URL that is no operation's may be an invocation by another form
  return 'InvokeService';
}

const operations: readonly (readonly [RegExp, string])[] = [
  [/^\w+ invoke\/([^/]*)/, 'InvokeService'],
  [/^GET state\/([^/]+)\//, 'GetState'],
  [/^\w+ state\/([^/]+)\/bulk$/, 'GetBulkState'],
  [/^\w+ state\/([^/]+)\/transaction$/, 'ExecuteStateTransaction'],
  [/^\w+ state\/([^/]+)\/query$/, 'QueryStateAlpha1'],
  [/^DELETE state\/([^/]+)/, 'DeleteState'],
  [/^\w+ state\/([^/]+)/, 'SaveState'],
  [/^\w+ publish\/bulk\/([^/]+\/[^/]+)/, 'BulkPublishEvent'],
  [/^\w+ publish\/([^/]+\/[^/]+)/, 'PublishEvent'],
  [/^\w+ bindings\/([^/]+)/, 'InvokeBinding'],
  [/^\w+ secrets\/([^/]+)\/bulk$/, 'GetBulkSecret'],
  [/^\w+ secrets\/([^/]+)/, 'GetSecret'],
  [/^\w+ configuration\/([^/]+)\/subscribe$/, 'SubscribeConfiguration'],
  [/^\w+ configuration\/([^/]+)\/[^/]+\/unsubscribe$/, 'UnsubscribeConfiguration'],
  [/^\w+ configuration\/([^/]+)/, 'GetConfiguration'],
  [/^\w+ actors\/([^/]+)\/[^/]+\/method\//, 'InvokeActor'],
  [/^GET actors\/([^/]+)\/[^/]+\/state\//, 'GetActorState'],
  [/^\w+ actors\/([^/]+)\/[^/]+\/state$/, 'ExecuteActorStateTransaction'],
  [/^GET actors\/([^/]+)\/[^/]+\/reminders\//, 'GetActorReminder'],
  [/^DELETE actors\/([^/]+)\/[^/]+\/reminders\//, 'UnregisterActorReminder'],
  [/^\w+ actors\/([^/]+)\/[^/]+\/reminders\//, 'RegisterActorReminder'],
  [/^DELETE actors\/([^/]+)\/[^/]+\/timers\//, 'UnregisterActorTimer'],
  [/^\w+ actors\/([^/]+)\/[^/]+\/timers\//, 'RegisterActorTimer'],
  [/^\w+ lock\/([^/]+)/, 'TryLock'],
  [/^\w+ unlock\/([^/]+)/, 'Unlock'],
  [/^\w+ crypto\/([^/]+)\/encrypt/, 'Encrypt'],
  [/^\w+ crypto\/([^/]+)\/decrypt/, 'Decrypt'],
  [/^GET jobs\//, 'GetJob'],
  [/^DELETE jobs\//, 'DeleteJob'],
  [/^\w+ jobs\//, 'ScheduleJob'],
  [/^\w+ conversation\/([^/]+)/, 'Converse'],
  [/^GET metadata$/, 'GetMetadata'],
  [/^PUT metadata\//, 'PutMetadata'],
  [/^\w+ shutdown$/, 'Shutdown'],
  [/^\w+ healthz\/outbound$/, 'HealthzOutbound'],
  [/^\w+ healthz/, 'Healthz'],
];
