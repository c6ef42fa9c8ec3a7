import type { InsideActivity } from '@tidewater/contracts/storefront.ts';

/** Whom an activity is about, by the order numbers in it. */
type About = 'this' | 'other' | 'both' | 'none';

const andOther = (about: About): boolean => about === 'other' || about === 'both';
const andThis = (about: About): boolean => about === 'this' || about === 'both';

/**
 * The activities of one order among those of a trace, in which another order may have been processed too. One that names
 * another order is left out, unless it names this one beside: then only what names the other is removed. One that names
 * none belongs to whatever caused it, or else to what it caused.
 */
export function activitiesOf<A extends InsideActivity>(orderId: string, trace: readonly A[]): readonly A[] {
  const bySpan = new Map(trace.map((activity) => [activity.spanId, activity]));
  const about = new Map(trace.map((activity) => [activity.spanId, aboutOf(activity, orderId)]));
  const below = effects(trace, bySpan, about);
  return trace.flatMap((activity) => {
    const own = about.get(activity.spanId) ?? 'none';
    if (own === 'this') return [activity];
    if (own === 'both') return namesOther(activity, orderId) ? [] : [withoutOthers(activity, orderId)];
    if (own === 'other') return [];
    const cause = nearestCause(activity, bySpan, about);
    const deciding = cause === 'none' ? (below.get(activity.spanId) ?? 'none') : cause;
    if (!andThis(deciding)) return [];
    // What was done for both may hold something of the other that does not name it.
    return [deciding === 'both' ? withoutPayloads(activity) : activity];
  });
}

function aboutOf(activity: InsideActivity, orderId: string): About {
  const { input = '', output = '' } = activity;
  const texts = [...nameTexts(activity), input, output];
  const isThis = texts.some((text) => withoutOwn(text, orderId) !== text);
  const isOther = texts.some((text) => namesAnother(text, orderId));
  if (isThis) return isOther ? 'both' : 'this';
  return isOther ? 'other' : 'none';
}

/** Everything but the payloads. */
const nameTexts = ({ name, attributes, error }: InsideActivity): readonly string[] => [
  name,
  ...Object.values(attributes).map(String),
  error?.message ?? '',
];

const namesOther = (activity: InsideActivity, orderId: string): boolean =>
  nameTexts(activity).some((text) => namesAnother(text, orderId));

const withoutOwn = (text: string, orderId: string): string =>
  text.replaceAll(new RegExp(`${orderId}(?![0-9A-Za-z])`, 'g'), '');

function namesAnother(text: string, orderId: string): boolean {
  const rest = withoutOwn(text, orderId);
  // A payload that was cut within this order's number does not name another.
  const [cut = ''] = /TW-[0-9A-Z-]*(?= \[\d+ more bytes\]$)/.exec(rest) ?? [];
  const whole = cut !== '' && orderId.startsWith(cut) ? rest.slice(0, rest.lastIndexOf(cut)) : rest;
  return /TW-[0-9A-Z]/.test(whole);
}

function withoutOthers<A extends InsideActivity>(activity: A, orderId: string): A {
  const { input, output, ...rest } = activity;
  const isFree = (text: string | undefined): text is string => text !== undefined && !namesAnother(text, orderId);
  return { ...rest, ...(isFree(input) && { input }), ...(isFree(output) && { output }) } as A;
}

function withoutPayloads<A extends InsideActivity>(activity: A): A {
  const { input: _input, output: _output, ...rest } = activity;
  return rest as A;
}

type Spans = ReadonlyMap<string, InsideActivity>;
type Abouts = ReadonlyMap<string, About>;

function* causesOf(activity: InsideActivity, bySpan: Spans): Iterable<InsideActivity> {
  const seen = new Set([activity.spanId]);
  for (let { parentSpanId } = activity; parentSpanId !== undefined && !seen.has(parentSpanId);) {
    seen.add(parentSpanId);
    const parent = bySpan.get(parentSpanId);
    if (parent === undefined) return;
    yield parent;
    ({ parentSpanId } = parent);
  }
}

function nearestCause(activity: InsideActivity, bySpan: Spans, about: Abouts): About {
  for (const cause of causesOf(activity, bySpan)) {
    const own = about.get(cause.spanId) ?? 'none';
    if (own !== 'none') return own;
  }
  return 'none';
}

/** Whom the effects of each activity are about, all together. */
function effects(trace: readonly InsideActivity[], bySpan: Spans, about: Abouts): Abouts {
  const below = new Map<string, About>();
  for (const activity of trace) {
    const own = about.get(activity.spanId) ?? 'none';
    if (own === 'none') continue;
    for (const { spanId } of causesOf(activity, bySpan)) {
      const joined = joinedWith(below.get(spanId) ?? 'none', own);
      // Causes further up have it already.
      if (below.get(spanId) === joined) break;
      below.set(spanId, joined);
    }
  }
  return below;
}

function joinedWith(a: About, b: About): About {
  const isThis = andThis(a) || andThis(b);
  const isOther = andOther(a) || andOther(b);
  if (isThis) return isOther ? 'both' : 'this';
  return isOther ? 'other' : 'none';
}
