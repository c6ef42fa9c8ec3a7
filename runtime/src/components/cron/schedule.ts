import { Cron } from 'croner';
import { parseGoDuration } from '#core/duration.ts';
import type { Schedule } from '#blocks/jobs/schedule.ts';

/** Predefined schedules as patterns with a seconds field. */
const nicknames: Readonly<Record<string, string>> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};

const zonePrefix = /^(?:CRON_)?TZ=(\S+)\s+/;

/** Schedules of jobs have six fields, seconds first. */
export function readSchedule(text: string): Schedule {
  return scheduleOf(text, [6]);
}

/** The cron binding takes five fields too, and then fires at second 0. */
export function readBindingSchedule(text: string): Schedule {
  return scheduleOf(text, [5, 6]);
}

function scheduleOf(text: string, lengths: readonly number[]): Schedule {
  const trimmed = text.trim();
  if (trimmed === '') throw new TypeError('empty spec string');
  if (trimmed.startsWith('@every')) return everySchedule(trimmed);
  const zone = zonePrefix.exec(trimmed);
  const rest = zone ? trimmed.slice(zone[0].length) : trimmed;
  if (rest.startsWith('@') && nicknames[rest] === undefined) throw new TypeError(`unrecognized descriptor: ${rest}`);
  const pattern = nicknames[rest] ?? rest;
  const fields = pattern.split(/\s+/);
  if (!lengths.includes(fields.length))
    throw new TypeError(
      `expected ${lengths.length > 1 ? '' : 'exactly '}${lengths.join(' or ')} fields, found ${fields.length}: [${fields.join(' ')}]`,
    );
  const cron = new Cron(fields.length === 5 ? `0 ${pattern}` : pattern, {
    paused: true,
    mode: '6-part',
    ...(zone?.[1] ? { timezone: zone[1] } : {}),
  });
  // croner validates the time zone only when it computes a time
  cron.nextRun();
  return { next: (after) => cron.nextRun(new Date(after))?.getTime() };
}

function everySchedule(text: string): Schedule {
  const parsedMs = parseGoDuration(text.slice('@every'.length).trim());
  if (parsedMs === undefined) throw new TypeError(`failed to parse duration ${text}`);
  // intervals below a millisecond are rounded up, as in upstream's scheduler
  const everyMs = Math.max(1, Math.floor(parsedMs));
  return { next: (after, anchor) => anchor + (Math.floor((after - anchor) / everyMs) + 1) * everyMs };
}
