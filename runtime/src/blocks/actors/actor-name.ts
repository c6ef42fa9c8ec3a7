import { badActorRequest } from './errors.ts';
import type { ActorRef } from './ports.ts';

// Control characters are among the forbidden characters.
// oxlint-disable-next-line no-control-regex
const forbidden = /[#?/\\\u0000-\u001f\u007f]/;
// oxlint-disable-next-line no-control-regex
const forbiddenInMethods = /[#?\u0000-\u001f\u007f]/;

/** Rejects an actor whose type or id cannot be part of a path: the rules of Dapr's actor API. */
export function checkActor(actor: ActorRef): void {
  checkName('actor type', actor.type);
  checkName('actor id', actor.id);
}

/** `what` names the value in the message, such as `reminder name`. */
export function checkName(what: string, name: string): void {
  if (name === '') throw badActorRequest(`${what} is empty`);
  if (name === '.' || name === '..') throw badActorRequest(`${what} may not be ${name}`);
  if (forbidden.test(name))
    throw badActorRequest(
      `${what} ${JSON.stringify(name)} contains a character that is not allowed (# ? / \\ or control)`,
    );
}

/** The method as it is sent to the app: a path without dot segments. Throws `badActorRequest`. */
export function cleanMethod(method: string): string {
  if (forbiddenInMethods.test(method))
    throw badActorRequest(`method ${JSON.stringify(method)} contains a character that is not allowed (# ? or control)`);
  const clean = /[./]/.test(method) ? withoutDotSegments(method) : method;
  if (clean === '') throw badActorRequest('method is empty');
  return clean;
}

function withoutDotSegments(path: string): string {
  const segments: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') segments.pop();
    else if (part !== '' && part !== '.') segments.push(part);
  }
  return segments.join('/');
}

/** Types that belong to the runtime itself; an app may call them but not access their state, timers or reminders. */
export function isReserved(type: string): boolean {
  return type.startsWith('dapr.internal.');
}
