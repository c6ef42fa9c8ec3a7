import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ServiceName } from './service-name.ts';

const templates = join(import.meta.dirname, 'service-template');
const extension = '.template';

/**
 * The files of a new service, by path from the repository's root: a projection of the orders in the state store of its
 * sidecar, one subscription, one route, and their tests. In the templates `{{app}}` and `{{identifier}}` are its name.
 */
export function serviceFiles({ app, identifier }: ServiceName): Readonly<Record<string, string>> {
  const files = globSync(`**/*${extension}`, { cwd: templates }).toSorted();
  return Object.fromEntries(
    files.map((file) => [
      `services/${app}/${file.replaceAll('\\', '/').slice(0, -extension.length)}`,
      readFileSync(join(templates, file), 'utf8').replaceAll('{{app}}', app).replaceAll('{{identifier}}', identifier),
    ]),
  );
}
