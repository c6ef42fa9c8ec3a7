/** Names of fields whose values are never logged, however deep they are. */
const secretName =
  /(token|authorization|cookie|password|passwd|passphrase|secret|credential|(api|private|access)[-_]?key|cvc|cvv|card[-_]?number|connection[-_]?string|database[-_]?url)s?$/i;
/** The log's own members: a field cannot replace them. */
const reservedName = /^(level|time|app|trace|msg)$/;
const maxLength = 1_000;
const maxNameLength = 100;
const maxDepth = 6;
/** Characters of one line, about: what came from outside may be of any size, a line of the log may not. */
const maxLine = 16_000;
/** What each value costs beside its text. */
const valueCost = 8;

interface Budget {
  left: number;
}

/**
 * A copy of the fields as a line shows them: without secrets, with errors as text, and what is long, wide or deep cut off.
 * Never throws: a line about a failure must not be a second one.
 */
export function loggableFields(fields: object): Record<string, unknown> {
  const members = membersOf(fields, { left: maxLine }, 0);
  const renamed = Object.entries(members).map(([name, value]) => [reservedName.test(name) ? `${name}_` : name, value]);
  return Object.fromEntries(renamed) as Record<string, unknown>;
}

function membersOf(object: object, budget: Budget, depth: number): Record<string, unknown> {
  const members: [string, unknown][] = [];
  const names = Object.keys(object);
  for (const name of names) {
    if (budget.left <= 0) {
      members.push(['…', `(${names.length} fields)`]);
      break;
    }
    const shown = textOf(name, maxNameLength);
    budget.left -= shown.length;
    members.push([shown, memberOf(object as Record<string, unknown>, name, budget, depth)]);
  }
  return Object.fromEntries(members);
}

/** Reading a member may run a getter. */
function memberOf(object: Record<string, unknown>, name: string, budget: Budget, depth: number): unknown {
  try {
    const value = object[name];
    return secretName.test(name) && value !== undefined ? '[redacted]' : loggableValue(value, budget, depth);
  } catch {
    return '[unreadable]';
  }
}

function loggableValue(value: unknown, budget: Budget, depth: number): unknown {
  budget.left -= valueCost;
  if (typeof value === 'string') return spent(textOf(value), budget);
  if (typeof value === 'function') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  // Errors have no enumerable members and would be logged as `{}`.
  if (value instanceof Error) return spent(textOf(describe(value)), budget);
  if (depth >= maxDepth) return '[nested too deep]';
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return itemsOf(value, budget, depth + 1);
  if ('toJSON' in value && typeof value.toJSON === 'function')
    return loggableValue((value.toJSON as () => unknown)(), budget, depth + 1);
  return membersOf(value, budget, depth + 1);
}

function itemsOf(array: readonly unknown[], budget: Budget, depth: number): readonly unknown[] {
  const items: unknown[] = [];
  for (const item of array) {
    if (budget.left <= 0) return [...items, `… (${array.length} items)`];
    items.push(loggableValue(item, budget, depth));
  }
  return items;
}

function spent(text: string, budget: Budget): string {
  budget.left -= text.length;
  return text;
}

function describe(error: Error): string {
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return `${error.name}: ${messageOf(error)}${cause}`;
}

/** A host name with several addresses fails with one error for each, without a message. */
function messageOf(error: Error): string {
  const [first] = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  return error.message === '' && first instanceof Error ? first.message : error.message;
}

/** Logins within text: of an address, and of a header. */
const loginInAddress = /:\/\/([^\s:@/]*):[^\s@/]*@/g;
const loginInHeader = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;
// eslint-disable-next-line no-control-regex -- a terminal obeys these, and JSON does not escape them
const obeyed = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function textOf(value: string, limit = maxLength): string {
  const text = value
    // A login that begins before the limit must not be cut in the middle.
    .slice(0, limit * 2)
    .replace(loginInAddress, '://$1:[redacted]@')
    .replace(loginInHeader, '$1 [redacted]')
    .replace(obeyed, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return value.length > limit ? `${text.slice(0, limit)}… (${value.length} characters)` : text;
}
