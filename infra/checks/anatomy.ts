/** A folder of one service only, and why it is no part of the folders that all have. */
export interface OwnPart {
  readonly folder: string;
  readonly reason: string;
}

/** A program of `services/`: the folder of its sources, and the folders that only it has. */
export interface ServiceAnatomy {
  readonly root: string;
  /** What queries and commands use: imports `domain`, `schema` and the parts before it. */
  readonly below: readonly OwnPart[];
  /** What uses queries and commands: imports all below it and the parts before it. */
  readonly above: readonly OwnPart[];
  /** Other folders from the root of the repository that it may import. */
  readonly shares?: readonly string[];
}

/** A service without an entry has no folders of its own. */
export const anatomies: readonly ServiceAnatomy[] = [
  {
    root: 'services/cart/src',
    below: [{ folder: 'clients', reason: 'the services that the cart calls' }],
    above: [],
  },
  {
    root: 'services/order/src',
    below: [{ folder: 'background', reason: 'work at intervals, without a request or message' }],
    above: [
      { folder: 'audit', reason: 'compares orders with the ledgers of payment and catalog' },
      {
        folder: 'dead-letters',
        reason: 'messages of all services that could not be processed: table, routes, operator',
      },
    ],
  },
  // A program of its own: the simulated payment provider.
  {
    root: 'services/payment/src/provider',
    below: [],
    above: [],
    shares: ['services/payment/src/settings'],
  },
  {
    root: 'services/payment/src',
    below: [
      { folder: 'clients', reason: 'the payment provider, as payment calls it' },
      { folder: 'settings', reason: 'reads the environment' },
    ],
    above: [],
  },
  {
    root: 'services/storefront/src',
    below: [
      { folder: 'clients', reason: 'the services that the storefront calls' },
      { folder: 'settings', reason: 'reads the environment' },
      { folder: 'session', reason: 'which shopper a browser is' },
      { folder: 'limits', reason: 'what every request of a stranger passes first' },
    ],
    above: [
      { folder: 'live', reason: 'the streams to open pages' },
      { folder: 'inside', reason: 'the recorded activities of an order' },
    ],
  },
];

/** `main.ts`, `service.ts`, `routes.ts`, their tests, and what tests of several folders share. */
const topFiles = /^((main|service|routes)(\.test)?|testing)\.ts$/;

const programFolders = /^services\/(?!contracts\/|kit\/)[^/]+\/src(?=\/)/;

const anatomyOf = (file: string): ServiceAnatomy | undefined => {
  const root = programFolders.exec(file)?.[0];
  if (root === undefined) return undefined;
  return anatomies.find((each) => file.startsWith(`${each.root}/`)) ?? { root, below: [], above: [] };
};

/** All folders of a service, from the bottom up: each imports only what is before it. `consumers` and `routes` end the list. */
const layersOf = ({ below, above }: ServiceAnatomy): readonly string[] => {
  const own = (parts: readonly OwnPart[]): readonly string[] => parts.map(({ folder }) => folder);
  return ['domain', 'schema', ...own(below), 'queries', 'commands', ...own(above), 'consumers', 'routes'];
};

const commonFolders = 'domain/, commands/, queries/, consumers/, routes/ or schema/';

/** Why a file has no place in its service, with the fix; undefined when it has one, or is in no service. */
export function misplaced(file: string): string | undefined {
  const anatomy = anatomyOf(file);
  if (anatomy === undefined) return undefined;
  const path = file.slice(anatomy.root.length + 1);
  const [folder = '', ...rest] = path.split('/');
  if (rest.length === 0)
    return topFiles.test(path)
      ? undefined
      : `${file}: only main.ts, service.ts, routes.ts, their tests and testing.ts are here. Move it to ${commonFolders}.`;
  if (layersOf(anatomy).includes(folder)) return undefined;
  return `${file}: a service has no folder ${folder}/. Move the file to ${commonFolders}, or name the folder and its reason in infra/checks/anatomy.ts.`;
}

/** Domain is pure: of packages it may import the contracts and the schema checks. */
const domainPackages = /^services\/(contracts\/|kit\/src\/schema\.ts$)/;

/**
 * Why a file of a service must not import `target`, with the fix; undefined when it may. `target` is a path from the root of
 * the repository, or a package.
 */
export function wrongDirection(file: string, target: string): string | undefined {
  const anatomy = anatomyOf(file);
  if (anatomy === undefined) return undefined;
  const { root, shares = [] } = anatomy;
  const from = placeIn(root, file);
  const isOwn = target.startsWith(`${root}/`);
  if (from === 'domain' && !isOwn && !domainPackages.test(target))
    return `${file}: domain is pure and imports the contracts and kit's schema.ts only, not ${target}. Pass it as an argument, or move the file to commands/ or queries/.`;
  if (!isOwn) {
    const isOtherProgram = programFolders.exec(target)?.[0] === programFolders.exec(file)?.[0];
    return isOtherProgram && !shares.some((folder) => target.startsWith(`${folder}/`))
      ? `${file}: imports ${target} of another program. Give each its own, or list the folder in infra/checks/anatomy.ts.`
      : undefined;
  }
  const to = placeIn(root, target);
  const allowed = importsOfPlace(anatomy, from);
  if (from === to || allowed.includes(to)) return undefined;
  const fix = to === 'service' || to === 'main' ? 'Move what it needs down' : `Move what it needs below ${from}`;
  return `${file}: ${from} must not import ${target.slice(root.length + 1)}, only ${allowed.join(', ') || 'itself'}. ${fix}, or take it as an argument.`;
}

/** The folder of a file, `routes` for routes.ts, and the name of every other file at the top. */
const placeIn = (root: string, file: string): string => {
  const [place = ''] = file.slice(root.length + 1).split('/');
  return place.replace(/\.ts$/, '');
};

function importsOfPlace(anatomy: ServiceAnatomy, place: string): readonly string[] {
  const layers = layersOf(anatomy);
  switch (place) {
    case 'main':
      return ['service'];
    case 'service':
      return layers;
    case 'consumers':
    case 'routes':
      return layers.slice(0, layers.indexOf('consumers'));
    default:
      return layers.slice(0, Math.max(0, layers.indexOf(place)));
  }
}
