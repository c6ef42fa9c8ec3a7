import type { MockShop } from '../mock/mock-shop.ts';

/** The live stream of the test server. `isReachable` decides whether a new connection succeeds. */
export class TestStream {
  isReachable = true;
  readonly #connections = new Set<Connection>();

  constructor(shop: MockShop) {
    shop.subscribe(({ name, data }) => {
      for (const connection of this.#connections) connection.receive(name, data);
    });
  }

  /** Breaks all connections; new ones fail too until `isReachable` is set. */
  disconnect(): void {
    this.isReachable = false;
    for (const connection of this.#connections) connection.dispatchEvent(new Event('error'));
  }

  /** Replaces `EventSource`. */
  install(): void {
    const connections = this.#connections;
    const isReachable = (): boolean => this.isReachable;
    globalThis.EventSource = class extends Connection {
      constructor() {
        super();
        connections.add(this);
        queueMicrotask(() => this.dispatchEvent(new Event(isReachable() ? 'open' : 'error')));
      }
      close(): void {
        connections.delete(this);
      }
    } as unknown as typeof EventSource;
  }
}

class Connection extends EventTarget {
  receive(name: string, data: unknown): void {
    this.dispatchEvent(new MessageEvent(name, { data: JSON.stringify(data) }));
  }
}
