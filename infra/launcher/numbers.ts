import { StartError } from '../servers/server.ts';

interface NumberSetting {
  readonly unit: string;
  readonly max: number;
  readonly example: number;
}

const dayInSeconds = 86_400;

/** Environment variables that hold a number, for whichever program reads them. */
const numberSettings: Readonly<Record<string, NumberSetting>> = {
  GRACE_SECONDS: { unit: 'a number of seconds', max: dayInSeconds, example: 10 },
  FULFILMENT_SECONDS: { unit: 'a number of seconds', max: dayInSeconds, example: 6 },
  WATCHDOG_SECONDS: { unit: 'a number of seconds', max: dayInSeconds, example: 15 },
  PROVIDER_TIMEOUT_SECONDS: { unit: 'a number of seconds', max: dayInSeconds, example: 15 },
  PROVIDER_SLOW_MS: { unit: 'a number of milliseconds', max: dayInSeconds * 1000, example: 4000 },
  RATE_LIMIT_FACTOR: { unit: 'a number', max: 1_000_000, example: 1 },
};

/** Rejects a value that a program could not read: it would exit and be restarted forever. */
export function checkNumbers(env: Readonly<Record<string, string | undefined>>): void {
  for (const [name, { unit, max, example }] of Object.entries(numberSettings)) {
    const text = env[name];
    if (text === undefined || text === '') continue;
    const value = Number(text);
    if (text.trim() === '' || !Number.isFinite(value) || value < 0 || value > max)
      throw new StartError(
        `${name} is ${JSON.stringify(text)}; it must be ${unit} from 0 to ${max}.`,
        `Set it to such a number (${name}=${example}), or unset it: unset ${name}`,
      );
  }
}
