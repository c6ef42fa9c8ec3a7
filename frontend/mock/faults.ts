import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Fault {
  /** Prefix of method and path, such as `POST /api/checkout`. */
  readonly request: string;
  /** How many requests fail. */
  readonly times: number;
  /**
   * `lost`: processed, but the response is cut off. `unreached`: not processed. `hung`: no response and an open
   * connection. Or a status.
   */
  readonly kind: 'lost' | 'unreached' | 'hung' | number;
  readonly retryAfter?: number;
}

/** Injected failures, for work on error handling. */
export class Faults {
  #faults: Fault[] = [];

  add(fault: Fault): void {
    this.#faults.push(fault);
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault for this request; decrements its counter. */
  take(request: IncomingMessage): Fault | undefined {
    const line = `${request.method} ${request.url}`;
    const fault = this.#faults.find((each) => line.startsWith(each.request));
    if (fault === undefined) return undefined;
    this.#faults = this.#faults.flatMap((each) => {
      if (each !== fault) return [each];
      return each.times > 1 ? [{ ...each, times: each.times - 1 }] : [];
    });
    return fault;
  }
}

/** Lets the shop process the request, and closes the connection within the response. */
export const dropResponse = (response: ServerResponse): void => {
  response.writeHead = () => response;
  response.end = (() => {
    breakConnection(response);
    return response;
  }) as ServerResponse['end'];
};

/** After the first bytes: when a connection breaks before them, the browser repeats the request silently. */
export const breakConnection = (response: ServerResponse): void => {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{', () => socket.destroy());
};
