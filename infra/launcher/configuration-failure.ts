import { StartError } from '../servers/server.ts';

/** EX_CONFIG of sysexits.h: the exit code of a service that cannot start with its configuration. */
const configurationExitCode = 78;

/** The error for a program that has ended because of its configuration; undefined when a restart may help. */
export function configurationFailure(
  name: string,
  code: number | undefined,
  lastLines: readonly string[],
): StartError | undefined {
  if (code !== configurationExitCode) return undefined;
  const reason = lastLines.map(reasonIn).findLast((each) => each !== undefined) ?? 'see its log';
  return new StartError(
    `${name} cannot start: ${reason}`,
    'Set or unset the variable of the environment that it names, and start again.',
  );
}

/** The error of a line as the services log it. */
function reasonIn(line: string): string | undefined {
  try {
    const { error } = JSON.parse(line) as { error?: unknown };
    return typeof error === 'string' ? error.replace(/^\w*Error: /, '') : undefined;
  } catch {
    // Not a log line in JSON.
    return undefined;
  }
}
