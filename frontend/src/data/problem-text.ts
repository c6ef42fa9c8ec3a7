import type { Problem } from '@tidewater/contracts/storefront.ts';
import { fieldSentence } from './field-labels.ts';

type Text = Pick<Problem, 'title' | 'detail'>;

/** The maximum total of one order in minor units; `money` in services/contracts/src/schemas.ts. */
export const highestTotal = 100_000_000;

export const tooExpensive: Text = {
  title: 'This is more than one order can take',
  detail: 'One order may cost €1,000,000 at most. Take something out, or make two orders of it. We charged nothing.',
};

/** Texts for shoppers by problem type; other types have the text of the response. */
const byType: Readonly<Record<string, Text>> = {
  'prices-changed': {
    title: 'A price changed while you were checking out',
    detail: 'We charged nothing. Accept the new price, or take the thing out.',
  },
  'cart-changed': {
    title: 'Your cart is not the one you saw',
    detail:
      'It was changed meanwhile, perhaps in another window. This is how it is now: look it over, then pay. We charged nothing.',
  },
  'sold-out': {
    title: 'Someone else was quicker',
    detail: 'We charged nothing. Lower the number in your cart or take the thing out, and the rest is yours.',
  },
  'idempotency-key-reused': {
    title: 'Please press Pay once more',
    detail: 'Something in the form changed since your last try, so we began a new one. We charged nothing.',
  },
};

const titles: Readonly<Record<number, string>> = {
  400: 'We could not use this',
  404: 'There is no such thing here',
  409: 'This is not possible any more',
  413: 'This is too long for us',
  415: 'We could not use this',
  422: 'We could not use this',
};
const protocolTitle = /^(bad request|conflict|not found|payload too large|unprocessable \w+|unsupported media type)$/i;

/** The problem with texts for a shopper: HTTP titles and API field names are replaced. */
export const problemText = (problem: Problem, retryAfterSeconds?: number): Problem => {
  if (problem.status === 429) return { ...problem, ...tooManyRequests(retryAfterSeconds) };
  const text = byType[problem.type];
  if (text !== undefined) return { ...problem, ...text };
  const title = protocolTitle.test(problem.title) ? (titles[problem.status] ?? problem.title) : problem.title;
  if (problem.errors === undefined || problem.errors.length === 0) return { ...problem, title };
  if (problem.errors.some(({ field }) => field.startsWith('expectedTotal'))) return { ...problem, ...tooExpensive };
  const sentences = problem.errors.flatMap(({ field, message }) => fieldSentence(field, message) ?? []);
  const detail =
    sentences.length > 0 ? sentences.join(' ') : 'Load the page again and repeat what you did. Nothing was changed.';
  return { ...problem, title, detail };
};

const tooManyRequests = (seconds: number | undefined): Text => ({
  title: 'A little slower, please',
  detail: `Many requests came from here in a short time. Try again ${seconds === undefined ? 'in a minute' : `in ${waitText(seconds)}`}.`,
});

/** `1 second`, `40 seconds`, `3 minutes`; rounded up, so that a retry is never too early. */
export const waitText = (seconds: number): string => {
  const rounded = Math.max(1, Math.ceil(seconds));
  if (rounded < 90) return rounded === 1 ? '1 second' : `${rounded} seconds`;
  return `${Math.ceil(rounded / 60)} minutes`;
};

/** Seconds of a `retry-after` header, which holds a number or a date. */
export const retryAfterOf = (header: string | null, now: number): number | undefined => {
  if (header === null || header.trim() === '') return undefined;
  const seconds = /^\d{1,6}$/.test(header.trim()) ? Number(header) : (Date.parse(header) - now) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : undefined;
};
