import { seededRandom } from '../hostile/seeded-random.ts';

/** Encodings of a path separator, and characters that programs might interpret as one. */
const separators = [
  '/',
  '%2f',
  '%2F',
  '%252f',
  '%25252f',
  '%5c',
  '%255c',
  '\\',
  '%c0%af',
  '%e0%80%af',
  '%f0%80%80%af',
  '%u002f',
  '%u2215',
  '%e2%88%95',
  '%e2%81%84',
  '%ef%bc%8f',
  '\u2215',
  '\uff0f',
  ';/',
  '%2f%2f',
  '%2f.%2f',
];

/** Encodings of `..`. */
const parents = [
  '..',
  '%2e%2e',
  '%2E%2e',
  '.%2e',
  '%2e.',
  '%252e%252e',
  '..;',
  '..%00',
  '..%20',
  '%c0%ae%c0%ae',
  '\uff0e\uff0e',
];

/** Additions to a valid id. */
const additions = (id: string): readonly string[] => [
  '',
  '.',
  '..',
  '...',
  '%2e',
  '%2e%2e',
  '%20',
  '%00',
  '%0a',
  '%0d%0a',
  '%',
  '%2',
  '%zz',
  '%25',
  '%ff',
  '%ed%a0%80',
  '%f4%90%80%80',
  `${id}%00`,
  `${id}%0d%0ax-evil:%201`,
  `${id}%2f`,
  `${id}/`,
  `${id}//`,
  `${id}/.`,
  `${id}/..`,
  `${id};a=b`,
  `${id};jsessionid=1`,
  `${id}%3b`,
  `${id}?`,
  `${id}??a`,
  `${id}%3f`,
  `${id}%3fshopper=x`,
  `${id}#x`,
  `${id}%23`,
  `${id}%26shopper=x`,
  `${id}*`,
  `${id}|${id}`,
  `${id}%7c%7c${id}`,
  `${id}%5b%5d`,
  `${id},${id}`,
  `${id}.json`,
  `${id}:cancel`,
  `.${id}`,
  `./${id}`,
  `%2e%2f${id}`,
  `/${id}`,
  `//${id}`,
  id.toUpperCase(),
  `${id}%cc%81`,
  `${id}%e2%80%8b`,
  `%ef%bb%bf${id}`,
  `%e2%80%ae${id}`,
  Array.from(id, (character) => `%${character.charCodeAt(0).toString(16)}`).join(''),
  Array.from(id, (character) => `%25${character.charCodeAt(0).toString(16)}`).join(''),
  '__proto__',
  'constructor',
  '%7B%22id%22%3A1%7D',
  '-1',
  '0',
  'x'.repeat(65),
  'x'.repeat(501),
  'x'.repeat(5_000),
  'x'.repeat(20_000),
  `${'..%2f'.repeat(200)}x`,
  '%2f'.repeat(300),
  '%25'.repeat(300) + '2f',
];

/**
 * At least 100 raw texts in place of an id in a path: each encoding of `..` with each separator, to one of the routes for
 * other callers, and other manipulations of ids.
 */
export function pathTricks(id: string, targets: readonly string[], seed: number): readonly string[] {
  const random = seededRandom(seed);
  const climbs: string[] = [];
  // The form that was once vulnerable, to every route, from every depth.
  for (const target of targets)
    for (let depth = 1; depth <= 4; depth++)
      climbs.push('..%2f'.repeat(depth) + target.replaceAll('/', '%2f'), '../'.repeat(depth) + target);
  for (const separator of separators)
    for (const parent of parents) {
      const depth = 1 + random.below(4);
      const target = random.pick(targets).replaceAll('/', separator);
      climbs.push(`${(parent + separator).repeat(depth)}${target}`);
      if (random.percent(25)) climbs.push(`${id}${separator}${(parent + separator).repeat(depth)}${target}`);
    }
  return [...climbs, ...additions(id)];
}

/** Request targets for a route for sidecars, which a public server must hide. */
export function disguises(path: string, origin: string): readonly string[] {
  const [first = '', ...rest] = path.slice(1).split('/');
  const after = rest.length > 0 ? `/${rest.join('/')}` : '';
  const character = `%${first.charCodeAt(0).toString(16)}`;
  const last = `%${first.charCodeAt(first.length - 1).toString(16)}`;
  return [
    path,
    `/${character}${first.slice(1)}${after}`,
    `/${first.slice(0, -1)}${last}${after}`,
    `/%25${first.charCodeAt(0).toString(16)}${first.slice(1)}${after}`,
    `/${first.toUpperCase()}${after}`,
    `/${path}`,
    `//${path}`,
    `/.${path}`,
    `/x/..${path}`,
    `/x/%2e%2e${path}`,
    `/api/..${path}`,
    `/assets/..%2f${path.slice(1)}`,
    `/;${path}`,
    `/${first};x=y${after}`,
    `/${first}%00${after}`,
    `/${first}%2f${rest.join('%2f')}`,
    `/${first}/${after}`,
    `${path}/`,
    `${path}?`,
    `${path}#`,
    `${path}%20`,
    `\\${path.slice(1)}`,
    `/\\${path}`,
    `${origin}${path}`,
    `${origin}/${character}${first.slice(1)}${after}`,
    `http://localhost${path}`,
    `http://elsewhere.example${path}`,
    `HTTP://127.0.0.1${path}`,
    `https://127.0.0.1${path}`,
    `//127.0.0.1${path}`,
    `http:${path}`,
    `*${path}`,
    `?${path}`,
    path.slice(1),
  ];
}
