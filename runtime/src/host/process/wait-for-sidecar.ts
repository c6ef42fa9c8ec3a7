import { get } from 'node:http';
import { sleep } from '#core/clock.ts';
import type { Clock } from '#core/clock.ts';

const limitMs = 60_000;
const pauseMs = 100;

/** `--wait`: resolves to whether the sidecar on the port becomes ready for outbound calls within a minute. */
export async function waitForSidecar(clock: Clock, port: string): Promise<boolean> {
  const deadline = clock.monotonic() + limitMs;
  while (clock.monotonic() < deadline) {
    if (await isUp(`http://127.0.0.1:${port}/v1.0/healthz/outbound`)) return true;
    await sleep(clock, pauseMs);
  }
  return false;
}

function isUp(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get(url, { timeout: 1000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 204);
    });
    request.once('timeout', () => request.destroy());
    request.once('error', () => resolve(false));
  });
}
