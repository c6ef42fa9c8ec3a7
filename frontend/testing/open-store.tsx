import type { TestContext } from 'node:test';
import { mock } from 'node:test';
import { deepEqual } from 'node:assert/strict';
import { act, cleanup, configure, render, screen } from '@testing-library/react';
import type { UserEvent } from '@testing-library/user-event';
import { userEvent } from '@testing-library/user-event';
import { prefetchPages } from '../src/app.tsx';
import { createShop, followConnection } from '../src/data/create-shop.ts';
import { Store } from '../src/store.tsx';
import { TestStream } from './test-event-source.ts';
import { TestServer } from './test-server.ts';

export interface OpenedStore {
  readonly user: UserEvent;
  readonly server: TestServer;
  readonly stream: TestStream;
  /** Moves the clock, and lets every timer and request in between finish. */
  readonly pass: (ms: number) => Promise<void>;
  /** Loads the page again, with what the browser stores. */
  readonly reload: () => Promise<void>;
  /** The last message for screen readers. */
  readonly announced: () => string;
  /** Errors that React is expected to report are taken out of this list. */
  readonly reported: unknown[];
}

const roundsUntilIdle = 12;
/** Not replaced by the mocked timers. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Lets promises, requests and timers that are due finish, and React render their results. */
const settle = async (): Promise<void> => {
  for (let round = 0; round < roundsUntilIdle; round++) {
    await act(async () => {
      mock.timers.tick(0);
      await nextTurn();
    });
  }
};

configure({
  // The original waits for a timer, and timers are mocked.
  asyncWrapper: async (run) => {
    const result = await run();
    await settle();
    return result;
  },
});

const pass = async (ms: number): Promise<void> => {
  const stepMs = 250;
  for (let left = ms; left > 0; left -= stepMs) {
    await act(async () => mock.timers.tick(Math.min(stepMs, left)));
    await settle();
  }
};

/** The DOM of these tests does not know `<search>`; updates between the events of one action are waited for by `settle`. */
const expectedReports = /unrecognized in this browser|not wrapped in act\(/;

let hasPages = false;

/** Opens a page of the store as a shopper does: in a new browser, with a new server and a mocked clock. */
export const openStore = async (
  t: TestContext,
  path: string,
  prepare: (server: TestServer) => void = () => undefined,
): Promise<OpenedStore> => {
  if (!hasPages) await prefetchPages();
  hasPages = true;
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: Date.UTC(2026, 10, 22, 9) });
  const startedAt = Date.now();
  t.mock.method(performance, 'now', () => Date.now() - startedAt);
  const reported: unknown[] = [];
  t.mock.method(console, 'error', (...parts: readonly unknown[]) => {
    const text = parts.map(String).join(' ');
    if (!expectedReports.test(text)) reported.push(text);
  });
  t.mock.method(window, 'scrollTo', () => undefined);
  sessionStorage.clear();
  window.history.replaceState(null, '', path);
  const server = new TestServer();
  prepare(server);
  const stream = new TestStream(server.shop);
  stream.install();
  let close = renderStore(server);
  t.after(async () => {
    close();
    server.shop.close();
    // Aborted requests settle while timers are still mocked.
    await settle();
    mock.timers.reset();
    deepEqual(reported, []);
  });
  await settle();
  return {
    user: userEvent.setup({ delay: null }),
    server,
    stream,
    pass,
    async reload() {
      close();
      close = renderStore(server);
      await settle();
    },
    announced: () => screen.getAllByRole('status').at(-1)?.textContent?.trim() ?? '',
    reported,
  };
};

/** As main.tsx does. Returns what closes it. */
const renderStore = (server: TestServer): (() => void) => {
  const { shop, queryClient } = createShop(server.fetch, window);
  const unfollow = followConnection(shop, queryClient);
  render(<Store shop={shop} queryClient={queryClient} />);
  return () => {
    cleanup();
    unfollow();
    shop.transitions.close();
    queryClient.clear();
  };
};
