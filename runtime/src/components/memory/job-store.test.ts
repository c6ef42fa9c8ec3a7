import { jobStoreConformance } from '#blocks/jobs/job-store.conformance.ts';
import { fakeClock } from '#core/fake-clock.ts';
import { memoryJobStore } from './job-store.ts';

jobStoreConformance('in-memory', () => {
  const clock = fakeClock();
  const store = memoryJobStore(clock);
  return Promise.resolve({ store, pass: (ms: number) => clock.tick(ms), [Symbol.asyncDispose]: () => store.close() });
});
