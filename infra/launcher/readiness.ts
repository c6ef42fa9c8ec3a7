import { StartError } from '../servers/server.ts';
import type { PlannedApp } from './programs.ts';

const timeoutMs = 60_000;

/** Resolves when the service responds, and its sidecar with everything connected. Both health routes need no token. */
export async function waitUntilHealthy({ program, url, sidecar }: PlannedApp, signal: AbortSignal): Promise<void> {
  await waitFor(`${url}/healthz`, program.app, signal);
  if (sidecar) await waitFor(`http://127.0.0.1:${sidecar.httpPort}/v1.0/healthz`, sidecar.name, signal);
}

/** Resolves when the storefront reaches the catalog through both sidecars, so pages have data. */
export function waitUntilStorefrontServes(port: number, signal: AbortSignal): Promise<void> {
  return waitFor(`http://127.0.0.1:${port}/api/products?size=1`, 'storefront', signal);
}

async function waitFor(url: string, name: string, signal: AbortSignal): Promise<void> {
  let last = 'no response';
  for (const end = Date.now() + timeoutMs; Date.now() < end;) {
    signal.throwIfAborted();
    try {
      const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(2000)]) });
      const text = await response.text();
      if (response.ok) return;
      last = `${response.status} ${text.slice(0, 300)}`;
    } catch (cause) {
      last = cause instanceof Error ? cause.message : String(cause);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new StartError(
    `${name} is not ready after ${timeoutMs / 1000} s: ${url} returned ${last}`,
    `Read its log in the logs folder; npm run doctor checks for usual causes.`,
  );
}
