import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { secretsFile, type Secrets } from '../../infra/launcher/secrets.ts';
import type { Running } from './store.ts';

/** The folder that a store was started with. */
export const homeOf = ({ logs }: Running): string => dirname(logs);

/** The secrets that the launcher has stored in that folder. */
export const secretsIn = (home: string): Secrets => JSON.parse(readFileSync(secretsFile(home), 'utf8')) as Secrets;

export const logOf = (running: Running, app: string): string => readFileSync(join(running.logs, `${app}.log`), 'utf8');
