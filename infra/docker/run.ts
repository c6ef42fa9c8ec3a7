import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// Runs a program of the store inside its container, with the secrets of the container's volume in its environment:
//   node infra/docker/run.ts <program.ts> [arguments]
// A variable that is set wins.
const file = process.env.SECRETS_FILE ?? '/run/tidewater/env.json';
const [program, ...args] = process.argv.slice(2);
if (program === undefined) throw new Error('name the program: node infra/docker/run.ts <program.ts> [arguments]');

if (existsSync(file)) {
  const secrets = JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, string>>;
  for (const [name, value] of Object.entries(secrets)) process.env[name] ||= value;
} else {
  process.stderr.write(
    `${file} does not exist.\nFix: start the containers with docker compose up, which makes the secrets first; or mount a file with the program's variables there.\n`,
  );
  process.exit(1);
}
process.argv = [process.argv[0] ?? 'node', resolve(program), ...args];
await import(pathToFileURL(resolve(program)).href);
