import type { Environment } from '../config/environment.ts';

/** The app that reads: resources may be restricted to apps or a namespace, and may refer to these values. */
export interface ResourceReader {
  readonly appId: string;
  readonly namespace: string;
  readonly podName: string;
  readonly env: Environment;
  readonly uuid: () => string;
  /** What is being loaded, for error messages; `components` by default. */
  readonly loading?: string;
}
