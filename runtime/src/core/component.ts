import type { Random } from './random.ts';
import type { Clock } from './clock.ts';
import type { Log } from './log.ts';

/** What a component is created with: its resource file with secrets resolved, and its dependencies. */
export interface ComponentContext {
  /** `metadata.name` of the resource. */
  readonly name: string;
  /** Such as `state.postgresql`. */
  readonly type: string;
  readonly version: string;
  /** Keys in lower case: Dapr matches names case-insensitively. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The same with names as they were written, for components whose own code reads them. */
  readonly properties?: Readonly<Record<string, string>>;
  readonly appId: string;
  readonly namespace: string;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /** The process's environment, for components that read it, such as environment secrets. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Receives the progress of consumers. Undefined without metrics. */
  readonly onConsumer?: (status: ConsumerStatus) => void;
}

/** A consumer's state as its broker counts; without numbers once the consumer is removed. */
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

/** A component that is initialised, as blocks use it. */
export interface Loaded<Port> {
  readonly name: string;
  readonly type: string;
  readonly version: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** The metadata entries (lower case) that came from secrets, with the name of each secret. */
  readonly secretNames?: Readonly<Record<string, string>>;
  /** Its file used `{namespace}`: then names that it shares with others, such as topics, belong to the namespace. */
  readonly isNamespaced?: boolean;
  readonly port: Port;
}

/** Creates a component that is connected and ready. Rejects with what is wrong and how to fix it. */
export type Factory<Port> = (context: ComponentContext) => Promise<Port>;
