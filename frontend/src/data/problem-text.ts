import type { Problem } from '@tidewater/contracts/storefront.ts';
import { fieldSentence } from './field-labels.ts';
import { problems } from '../messages/en/problems.ts';
import { messagesOf } from '../messages/messages.ts';

type Text = Pick<Problem, 'title' | 'detail'>;

/** The maximum total of one order in minor units; `money` in services/contracts/src/schemas.ts. */
export const highestTotal = 100_000_000;

const text = messagesOf(problems);

export const tooExpensive: Text = { title: text('total.title'), detail: text('total.detail') };

/** Problem types with texts for shoppers; others have the text of the response. */
const knownTypes = ['prices-changed', 'cart-changed', 'sold-out', 'idempotency-key-reused'] as const;

const titles: Readonly<Record<number, string>> = {
  400: text('problem-text.we-could-not-use'),
  404: text('problem-text.there-is-no-such'),
  409: text('problem-text.this-is-not-possible'),
  413: text('problem-text.this-is-too-long'),
  415: text('problem-text.we-could-not-use'),
  422: text('problem-text.we-could-not-use'),
};
const protocolTitle = /^(bad request|conflict|not found|payload too large|unprocessable \w+|unsupported media type)$/i;

/** The problem with texts for a shopper: HTTP titles and API field names are replaced. */
export const problemText = (problem: Problem, retryAfterSeconds?: number): Problem => {
  if (problem.status === 429) return { ...problem, ...tooManyRequests(retryAfterSeconds) };
  const type = knownTypes.find((each) => each === problem.type);
  if (type !== undefined) return { ...problem, title: text(`${type}.title`), detail: text(`${type}.detail`) };
  const title = protocolTitle.test(problem.title) ? (titles[problem.status] ?? problem.title) : problem.title;
  if (problem.errors === undefined || problem.errors.length === 0) return { ...problem, title };
  if (problem.errors.some(({ field }) => field.startsWith('expectedTotal'))) return { ...problem, ...tooExpensive };
  const sentences = problem.errors.flatMap(({ field, message }) => fieldSentence(field, message) ?? []);
  const detail = sentences.length > 0 ? sentences.join(' ') : text('unusable');
  return { ...problem, title, detail };
};

const tooManyRequests = (seconds: number | undefined): Text => ({
  title: text('too-many.title'),
  detail: text('too-many.detail', { wait: retryDelayText(seconds) }),
});

/** `in 1 second`, `in 40 seconds`, `in 3 minutes`; rounded up, so that a retry is never too early. */
export const retryDelayText = (seconds: number | undefined): string => {
  if (seconds === undefined) return text('wait.unknown');
  const rounded = Math.max(1, Math.ceil(seconds));
  if (rounded < 90) return text('wait.seconds', { seconds: rounded });
  return text('wait.minutes', { minutes: Math.ceil(rounded / 60) });
};

/** Seconds of a `retry-after` header, which holds a number or a date. */
export const retryAfterOf = (header: string | null, now: number): number | undefined => {
  if (header === null || header.trim() === '') return undefined;
  const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};
