/** One running sidecar, as stored in its file. */
export interface RegistryEntry {
  readonly appId: string;
  readonly namespace: string;
  readonly address: string;
  readonly pid: number;
  /** New with each start, so that several sidecars of one process have separate files. */
  readonly instance: string;
}

const suffix = '.sidecar.json';

export function entryFile(entry: RegistryEntry): string {
  return `${encodeURIComponent(entry.appId)}.${entry.pid}.${entry.instance}${suffix}`;
}

export function isEntryFile(name: string): boolean {
  return name.endsWith(suffix);
}

/** Undefined when the text is not an entry. */
export function readEntry(text: string): RegistryEntry | undefined {
  let value: Partial<Record<keyof RegistryEntry, unknown>> | null;
  try {
    value = JSON.parse(text) as typeof value;
  } catch {
    return undefined;
  }
  const { appId, namespace, address, pid, instance } = value ?? {};
  const isEntry =
    typeof appId === 'string' &&
    typeof namespace === 'string' &&
    typeof address === 'string' &&
    typeof instance === 'string' &&
    typeof pid === 'number' &&
    Number.isInteger(pid) &&
    pid > 0;
  return isEntry ? { appId, namespace, address, pid, instance } : undefined;
}

/** Whether a process with this id runs on the machine, of any user. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
