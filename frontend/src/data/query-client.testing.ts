import type { TestContext } from 'node:test';
import type { QueryClient } from '@tanstack/react-query';
import { createQueryClient } from './query-client.ts';

/** A query client whose timers end with the test. */
export const testQueryClient = (t: TestContext): QueryClient => {
  const client = createQueryClient();
  t.after(() => client.clear());
  return client;
};
