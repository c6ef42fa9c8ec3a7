/** The settings of a compose file that decide which clients reach its containers, and what happens to logs and secrets. */
export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly networks?: Readonly<Record<string, NetworkSettings | null>>;
}

interface NetworkSettings {
  readonly external?: boolean;
  readonly driver?: string;
}

type PublishedPort = string | number | { readonly host_ip?: string; readonly target?: number };

export interface ComposeService {
  readonly ports?: readonly PublishedPort[];
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly command?: string | readonly string[];
  readonly volumes?: readonly unknown[];
  readonly network_mode?: string;
  readonly pid?: string;
  readonly ipc?: string;
  readonly uts?: string;
  readonly userns_mode?: string;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly devices?: readonly unknown[];
  readonly logging?: { readonly driver?: string; readonly options?: Readonly<Record<string, string | undefined>> };
}

const secretName = /TOKEN|SECRET|PASSWORD|_KEY$/;
/** Settings that share something of the host with a container. */
const hostSettings = ['network_mode', 'pid', 'ipc', 'uts', 'userns_mode'] as const;

/** Settings that give access from outside the compose network, or expose a secret. Empty: none. */
export function exposureFaults({ services, networks }: ComposeFile, publicService: string): readonly string[] {
  const faults = Object.entries(services).flatMap(([name, service]) =>
    [
      ...publishedFaults(service, name === publicService),
      ...hostFaults(service),
      ...secretFaults(service),
      ...logFaults(service),
    ].map((fault) => `${name}: ${fault}`),
  );
  for (const [name, settings] of Object.entries(networks ?? {}))
    if (settings?.external || /^(host|macvlan|ipvlan)$/.test(settings?.driver ?? ''))
      faults.push(`network ${name}: is not defined by this file`);
  return faults;
}

function publishedFaults({ ports = [] }: ComposeService, isPublic: boolean): readonly string[] {
  const isLocal = (port: PublishedPort): boolean =>
    typeof port === 'object' ? port.host_ip === '127.0.0.1' : String(port).startsWith('127.0.0.1:');
  if (!isPublic) return ports.length > 0 ? ['publishes a port'] : [];
  if (ports.length !== 1) return [`publishes ${ports.length} ports`];
  return ports.every(isLocal) ? [] : ['publishes its port to other machines'];
}

function hostFaults(service: ComposeService): readonly string[] {
  const shared = hostSettings.filter((setting) => (service[setting] ?? 'none') !== 'none');
  const mounts = (service.volumes ?? []).filter((volume) => !/^[a-z][\w-]*:\//.test(String(volume)));
  return [
    ...shared.map((setting) => `${setting} is ${service[setting]}`),
    ...(service.privileged || service.cap_add || service.devices ? ['has rights on the host'] : []),
    ...mounts.map((volume) => `mounts ${JSON.stringify(volume)} of the host`),
  ];
}

function secretFaults({ environment = {}, command = [] }: ComposeService): readonly string[] {
  const isEmptyByDefault = (name: string, value: unknown): boolean => value === `\${${name}:-}`;
  const named = Object.entries(environment)
    .filter(([name, value]) => secretName.test(name) && !isEmptyByDefault(name, value))
    .map(([name]) => `${name} has a value in the file`);
  const texts = [...Object.values(environment), ...(typeof command === 'string' ? [command] : command)];
  const withLogin = texts.some((text) => /:\/\/[^/@\s]*:[^/@\s]*@/.test(String(text)));
  return withLogin ? [...named, 'a login stands in a URL'] : named;
}

function logFaults({ logging }: ComposeService): readonly string[] {
  const { 'max-size': size, 'max-file': files } = logging?.options ?? {};
  const isRotated = logging?.driver === 'json-file' && size !== undefined && Number(files) > 1;
  return isRotated ? [] : ['its log is not rotated'];
}
