/** One language: how its official SDK is prepared, and the programs that use it. */
export interface Language {
  readonly name: string;
  /**
   * Fetches the SDK into the user's cache unless it is there, and builds the programs. Rejects with `Missing` when this
   * machine lacks a tool: the language is then skipped with the reason.
   */
  prepare(setting: Setting): Promise<readonly Program[]>;
}

export interface Setting {
  /** An empty folder for this run, removed afterwards. */
  readonly home: string;
  /** Prints a line about a step that takes longer than a moment. */
  readonly print: (line: string) => void;
}

/** A program and its app side, in one process beside one sidecar. */
export interface Program {
  /** Distinguishes it from the language's others: `over HTTP`. */
  readonly name: string;
  /** The app id: lower case, no blanks, different from all others. */
  readonly appId: string;
  readonly appProtocol: 'http' | 'grpc';
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** A required tool, or access to a package registry, is not available on this machine. */
export class Missing extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'Missing';
  }
}
