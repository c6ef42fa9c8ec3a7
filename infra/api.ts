import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiYaml } from './api/async-api.ts';
import { routesPage } from './api/routes-page.ts';
import { optionsOrExit } from './launcher/command-line.ts';
import { root } from './launcher/folders.ts';

optionsOrExit('api', {});
writeFileSync(join(root, 'docs/asyncapi.yaml'), asyncApiYaml());
writeFileSync(join(root, 'docs/api.md'), await routesPage());
