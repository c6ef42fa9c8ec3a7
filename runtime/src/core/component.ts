import type { Random } from './random.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** What a component is built from: its resource file with secrets resolved, and the world it may use. */
export interface ComponentContext {
  /** `metadata.name` of the resource. */
  readonly name: string;
  /** Such as `state.postgresql`. */
  readonly type: string;
  readonly version: string;
  /** Keys in lower case: the wire matches names without regard to case. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The same with names as they were written, for components whose own code looks at them. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly appId: string;
  readonly namespace: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** The process's environment, for the components that read it: environment secrets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Is told how far consumers have got. Undefined when nobody wants to know. */
  readonly onConsumer?: (status: ConsumerStatus) => void;
}

/** A consumer as its broker counts; without numbers when there is none any more. */
export interface ConsumerStatus {
  /** The component's name. */
  readonly component: string;
  readonly topic: string;
  /** Not delivered yet. */
  readonly pending?: number;
  /** Delivered and not acknowledged. */
  readonly ackPending?: number;
  /** Of those, delivered more than once. */
  readonly redelivered?: number;
}

/** A component that is up, as blocks hold it. */
export interface Loaded<Port> {
  readonly name: string;
  readonly type: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Which metadata entries (lower case) came from secrets, and the name of the secret of each. */
  readonly secretNames?: Readonly<Record<string, string>>;
  /** Its file used `{namespace}`: then names that it shares with others, such as topics, belong to the namespace. */
  readonly isNamespaced?: boolean;
  readonly port: Port;
}

/** Builds a component that is connected and ready. Rejects with what is wrong and what to do. */
export type Factory<Port> = (context: ComponentContext) => Promise<Port>;
