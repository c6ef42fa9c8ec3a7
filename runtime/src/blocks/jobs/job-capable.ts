import type { JobStore } from './job-store.ts';

/** A state store whose database can also store jobs. */
export interface JobCapable {
  /** `owner` is the app, all sidecars of which share the jobs. Close it before the state store it came from. */
  jobStore(owner: string): JobStore;
}

/** Accepts any port, since a wrapper may have hidden a capability. */
export function isJobCapable<Store extends object>(store: Store): store is Store & JobCapable {
  return 'jobStore' in store && typeof store.jobStore === 'function';
}
