import type { InsideActivity } from '@tidewater/contracts/storefront.ts';

/** Which orders an activity names, by the order numbers in it. */
type Subject = 'this' | 'other' | 'both' | 'none';

const includesOther = (subjects: Subject): boolean => subjects === 'other' || subjects === 'both';
const includesThis = (subjects: Subject): boolean => subjects === 'this' || subjects === 'both';

/**
 * The activities of one order among those of a trace, in which another order may have been processed too. An activity that
 * names another order is left out, unless it also names this one: then only payloads that name the other are removed. One
 * that names none belongs to the order of its nearest cause, or else of its effects.
 */
export function activitiesOf<A extends InsideActivity>(orderId: string, trace: readonly A[]): readonly A[] {
  const bySpan = new Map(trace.map((activity) => [activity.spanId, activity]));
  const subjects = new Map(trace.map((activity) => [activity.spanId, subjectOf(activity, orderId)]));
  const effectSubjects = effects(trace, bySpan, subjects);
  return trace.flatMap((activity) => {
    const subject = subjects.get(activity.spanId) ?? 'none';
    if (subject === 'this') return [activity];
    if (subject === 'both') return namesOther(activity, orderId) ? [] : [withoutOthers(activity, orderId)];
    if (subject === 'other') return [];
    const cause = nearestCause(activity, bySpan, subjects);
    const deciding = cause === 'none' ? (effectSubjects.get(activity.spanId) ?? 'none') : cause;
    if (!includesThis(deciding)) return [];
    // Payloads for both orders may contain data of the other without its number.
    return [deciding === 'both' ? withoutPayloads(activity) : activity];
  });
}

function subjectOf(activity: InsideActivity, orderId: string): Subject {
  const { input = '', output = '' } = activity;
  const texts = [...nameTexts(activity), input, output];
  const isThis = texts.some((text) => withoutOrderId(text, orderId) !== text);
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

const withoutOrderId = (text: string, orderId: string): string =>
  text.replaceAll(new RegExp(`${orderId}(?![0-9A-Za-z])`, 'g'), '');

function namesAnother(text: string, orderId: string): boolean {
  const rest = withoutOrderId(text, orderId);
  // A payload that was cut within this order's number does not name another.
  const [cut = ''] = /TW-[0-9A-Z-]*(?= \[\d+ more bytes\]$)/.exec(rest) ?? [];
  const complete = cut !== '' && orderId.startsWith(cut) ? rest.slice(0, rest.lastIndexOf(cut)) : rest;
  return /TW-[0-9A-Z]/.test(complete);
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
type Subjects = ReadonlyMap<string, Subject>;

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

function nearestCause(activity: InsideActivity, bySpan: Spans, subjects: Subjects): Subject {
  for (const cause of causesOf(activity, bySpan)) {
    const subject = subjects.get(cause.spanId) ?? 'none';
    if (subject !== 'none') return subject;
  }
  return 'none';
}

/** The orders that the effects of each activity name. */
function effects(trace: readonly InsideActivity[], bySpan: Spans, subjects: Subjects): Subjects {
  const effectSubjects = new Map<string, Subject>();
  for (const activity of trace) {
    const subject = subjects.get(activity.spanId) ?? 'none';
    if (subject === 'none') continue;
    for (const { spanId } of causesOf(activity, bySpan)) {
      const joined = joinedWith(effectSubjects.get(spanId) ?? 'none', subject);
      // Further ancestors have it already.
      if (effectSubjects.get(spanId) === joined) break;
      effectSubjects.set(spanId, joined);
    }
  }
  return effectSubjects;
}

function joinedWith(a: Subject, b: Subject): Subject {
  const isThis = includesThis(a) || includesThis(b);
  const isOther = includesOther(a) || includesOther(b);
  if (isThis) return isOther ? 'both' : 'this';
  return isOther ? 'other' : 'none';
}
