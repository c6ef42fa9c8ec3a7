import type { Loaded } from '#core/component.ts';
import type { Broker } from './broker.ts';

/** What one app may do with the topics of one component, read from the component's metadata. */
export interface Scopes {
  mayPublish(topic: string): boolean;
  maySubscribe(topic: string): boolean;
}

/**
 * `allowedTopics` limits all apps; `publishingScopes` and `subscriptionScopes` (`app1=t1,t2;app2=`) limit the apps they
 * name; a topic of `protectedTopics` is open only to apps that a scope names for it.
 */
export function scopesOf(component: Loaded<Broker>, appId: string): Scopes {
  const { metadata } = component;
  const allowed = listOf(metadata.allowedtopics);
  const hidden = listOf(metadata.protectedtopics);
  const check = (scope: ReadonlySet<string> | undefined) => (topic: string) => {
    if (allowed && !allowed.has(topic)) return false;
    if (scope === undefined) return !hidden?.has(topic);
    return scope.has(topic);
  };
  return {
    mayPublish: check(scopeOf(metadata.publishingscopes, appId)),
    maySubscribe: check(scopeOf(metadata.subscriptionscopes, appId)),
  };
}

/** Undefined when no scope names the app; empty when one names it without topics. */
function scopeOf(text: string | undefined, appId: string): ReadonlySet<string> | undefined {
  for (const part of text?.split(';') ?? []) {
    const [app, topics, ...more] = part.split('=');
    if (app?.trim() === appId && topics !== undefined && more.length === 0) return listOf(topics) ?? new Set();
  }
  return undefined;
}

function listOf(text: string | undefined): ReadonlySet<string> | undefined {
  const topics = (text ?? '').split(',').flatMap((topic) => topic.trim() || []);
  return topics.length > 0 ? new Set(topics) : undefined;
}
