import { StartError } from '../servers/server.ts';

/** The spellings of a service's name. */
export interface ServiceName {
  /** The app id, such as `gift-cards`. */
  readonly app: string;
  /** The same as part of an identifier: `giftCards`. */
  readonly identifier: string;
}

/** Names of folders and containers that a service cannot have. */
const reserved = [
  'contracts',
  'dist',
  'kit',
  'nats',
  'new',
  'node-modules',
  'postgres',
  'provider',
  'secrets',
  'store',
];

/** Reads the name of a service; throws a `StartError` for one that cannot be an app id, a folder and an identifier. */
export function serviceName(text: string | undefined): ServiceName {
  if (text === undefined)
    throw new StartError('The name of the service is missing.', 'Add it, as in npm run new:service -- reviews.');
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(text) || text.length > 30)
    throw new StartError(
      `${JSON.stringify(text)} cannot be the name of a service.`,
      'Use at most 30 characters: a-z, digits and single hyphens, with one of a-z first.',
    );
  if (reserved.includes(text) || text.endsWith('-sidecar') || text.endsWith('-secrets'))
    throw new StartError(`${text} is the name of something else here.`, 'Choose another name.');
  return { app: text, identifier: text.replace(/-([a-z0-9])/g, (_, first: string) => first.toUpperCase()) };
}
