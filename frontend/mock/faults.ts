import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Fault {
  /** Which requests: `POST /api/checkout`, or the beginning of one. */
  readonly request: string;
  /** How many of them. */
  readonly times: number;
  /** `lost`: done, but the answer never comes. `unreached`: not even done. `hung`: no answer and no end. Or a status. */
  readonly kind: 'lost' | 'unreached' | 'hung' | number;
  readonly retryAfter?: number;
}

/** Failures on demand, for work on what a page does about them. */
export class Faults {
  #faults: Fault[] = [];

  add(fault: Fault): void {
    this.#faults.push(fault);
  }

  clear(): void {
    this.#faults = [];
  }

  /** The fault for this request, counted down. */
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

/** Lets the shop act on the request, and breaks the connection off within the answer. */
export const dropResponse = (response: ServerResponse): void => {
  response.writeHead = () => response;
  response.end = (() => {
    breakConnection(response);
    return response;
  }) as ServerResponse['end'];
};

/** After the first bytes: of a connection that breaks before them, a browser repeats the request without telling. */
export const breakConnection = (response: ServerResponse): void => {
  const { socket } = response;
  socket?.write('HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{', () => socket.destroy());
};
