/** A server this launcher found running, or runs. */
export interface Server {
  readonly url: string;
  /** One phrase for people: where it came from. */
  readonly origin: string;
  /** Undefined for a server that the launcher does not run. */
  readonly command?: ServerCommand;
}

/** How to run it; the launcher supervises it like any other program. */
export interface ServerCommand {
  readonly file: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly cwd?: string;
  /** Run as this user; set when the launcher is root and the server does not run as root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The signal for a quick clean stop. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
}

/** Something that a person has to fix; printed without a stack. */
export class StartError extends Error {
  readonly fix: string;

  constructor(message: string, fix: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StartError';
    this.fix = fix;
  }
}

/** Prints a line about a step that takes longer than a moment. */
export type Print = (line: string) => void;
