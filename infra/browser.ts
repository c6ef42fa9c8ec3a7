import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export interface Browser {
  readonly executablePath: string;
  readonly args: readonly string[];
  readonly origin: string;
}

const names = ['google-chrome-stable', 'google-chrome', 'chromium', 'chromium-browser', 'chrome'];
const wellKnown = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** An installed Chrome or Chromium, else the one inside the npm package; undefined selects Playwright's default. */
export async function findBrowser(env: NodeJS.ProcessEnv = process.env): Promise<Browser | undefined> {
  const installed = [
    ...(env.PATH ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
    ...wellKnown,
  ].find((file) => existsSync(file));
  // Root may not use Chromium's sandbox.
  if (installed)
    return { executablePath: installed, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [], origin: installed };
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  // Makes the package unpack the libraries that it contains.
  process.env.AWS_LAMBDA_JS_RUNTIME ??= 'nodejs22.x';
  try {
    const { default: chromium } = await import('@sparticuz/chromium');
    // Not the arguments of the package: a single process and disabled web security suit a lambda, not a test.
    return {
      executablePath: await chromium.executablePath(),
      args: ['--no-sandbox', '--disable-gpu'],
      origin: 'the package @sparticuz/chromium',
    };
  } catch {
    // Not installed: the packages for tests are missing.
    return undefined;
  }
}
