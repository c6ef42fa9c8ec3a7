import { StartError } from '../servers/server.ts';

/** EX_CONFIG of sysexits.h: how the store's services end that cannot start with their configuration. */
const configurationExitCode = 78;

/** Why a program that has ended is not worth another start; undefined when it may be. */
export function configurationFailure(
  name: string,
  code: number | undefined,
  lastLines: readonly string[],
): StartError | undefined {
  if (code !== configurationExitCode) return undefined;
  const reason = lastLines.map(reasonIn).findLast((each) => each !== undefined) ?? 'its log says why';
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
    // Not one of those lines.
    return undefined;
  }
}
