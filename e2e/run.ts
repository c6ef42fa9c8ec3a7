import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root } from '../infra/launcher/folders.ts';

const help = `npm run e2e [-- --base-url URL]: buys in a real browser
  --base-url URL   against a shop that runs already, such as docker compose's; without it a store is started for the test
`;
const { values } = parseArgs({ options: { 'base-url': { type: 'string' }, help: { type: 'boolean' } } });
if (values.help) {
  process.stdout.write(help);
  process.exit(0);
}
const files = values['base-url']
  ? ['e2e/store/browser.test.ts']
  : globSync('e2e/store/*.test.ts', { cwd: root }).toSorted();
const { status } = spawnSync(process.execPath, ['--test', '--test-isolation=none', '--test-reporter=spec', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(values['base-url'] && { BASE_URL: values['base-url'] }) },
});
process.exit(status ?? 1);
