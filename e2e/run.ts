import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { exitWithError, optionsOrExit } from '../infra/launcher/command-line.ts';
import { root } from '../infra/launcher/folders.ts';
import { StartError } from '../infra/servers/server.ts';

const { 'base-url': baseUrl } = optionsOrExit('e2e', { 'base-url': { type: 'string' } });
if (baseUrl !== undefined && !isHttpUrl(baseUrl))
  exitWithError(new StartError(`--base-url ${baseUrl} is not a URL.`, 'Give one such as http://127.0.0.1:8080.'));

const files = baseUrl ? ['e2e/store/browser.test.ts'] : globSync('e2e/store/*.test.ts', { cwd: root }).toSorted();
const { status } = spawnSync(process.execPath, ['--test', '--test-isolation=none', '--test-reporter=spec', ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...(baseUrl && { BASE_URL: baseUrl }) },
});
process.exit(status ?? 1);

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
