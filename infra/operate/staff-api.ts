import { StartError } from '../servers/server.ts';

/** A message that no service could process, as the order service stores it. */
export interface DeadLetter {
  readonly id: string;
  readonly state: string;
  /** The app that could not process it. */
  readonly consumer?: string;
  readonly topic?: string;
  readonly eventType?: string;
  readonly eventId?: string;
  readonly orderId?: string | null;
  readonly reason?: string;
  readonly attempts?: number;
  readonly traceId?: string | null;
  readonly receivedAt?: string;
}

export interface DeadLetterPage {
  readonly deadLetters: readonly DeadLetter[];
  /** For the next page; absent on the last one. */
  readonly before?: string | null;
}

/** The order service's `GET /operations`. */
export interface Operations {
  readonly deadLetters?: { readonly open: number };
  readonly ordersWithoutProgress?: { readonly count: number; readonly oldest: readonly string[] };
  readonly invariants?: { readonly ok: boolean; readonly problems: readonly string[] };
}

export interface StaffApi {
  list(query: { state?: string; limit?: number; before?: string }): Promise<DeadLetterPage>;
  show(id: string): Promise<DeadLetter>;
  applyAction(action: 'redrive' | 'discard', ids: readonly string[]): Promise<BulkResult>;
  /** Undefined when the service has no such route. */
  operations(): Promise<Operations | undefined>;
}

export interface BulkResult {
  readonly done: readonly string[];
  readonly failed: readonly { readonly id: string; readonly reason: string }[];
}

/** A response of the service that is not a success. */
class StaffApiError extends StartError {
  readonly status: number;

  constructor(status: number, message: string, fix: string) {
    super(message, fix);
    this.status = status;
  }
}

const timeoutMs = 10_000;

/** The part of the order service that is for staff: `url` is the service's own, not its sidecar's. */
export function staffApi({ url, token }: { url: string; token: string }): StaffApi {
  const request = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    let response: Response;
    let text: string;
    try {
      response = await fetch(new URL(path, url), {
        method,
        headers: { 'x-staff-token': token, ...(body !== undefined && { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(timeoutMs),
      });
      text = await response.text();
    } catch (cause) {
      throw new StartError(
        `The order service at ${url} does not respond: ${messageOf(cause)}.`,
        'Check that the store runs (npm run doctor), and the --url.',
      );
    }
    if (!response.ok) throw rejected(response.status, method, path, text);
    if (text === '') return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch {
      throw new StartError(
        `${method} ${path} of ${url} returned something that is not JSON.`,
        'Check the --url: it must be the order service.',
      );
    }
  };
  const part = encodeURIComponent;
  const one = async (action: string, id: string): Promise<BulkResult> => {
    await request('POST', `/dead-letters/${part(id)}/${action}`);
    return { done: [id], failed: [] };
  };
  return {
    list(query) {
      const parameters = Object.entries(query).flatMap(([name, value]) =>
        value === undefined ? [] : [[name, String(value)] as [string, string]],
      );
      return request('GET', `/dead-letters?${new URLSearchParams(parameters).toString()}`);
    },
    show: (id) => request('GET', `/dead-letters/${part(id)}`),
    async applyAction(action, ids) {
      const [only] = ids;
      if (ids.length === 1 && only !== undefined) return one(action, only);
      const result = await request<Partial<BulkResult> | undefined>('POST', `/dead-letters/${action}`, { ids });
      return { done: result?.done ?? ids, failed: result?.failed ?? [] };
    },
    async operations() {
      try {
        return await request<Operations>('GET', '/operations');
      } catch (cause) {
        if (cause instanceof StaffApiError && cause.status === 404) return undefined;
        throw cause;
      }
    },
  };
}

function rejected(status: number, method: string, path: string, text: string): StaffApiError {
  const detail = detailOf(text);
  if (status === 401 || status === 403)
    return new StaffApiError(
      status,
      'The order service does not accept the staff token.',
      "Give the store's STAFF_TOKEN with --token; npm start writes it to running.json and secrets.json of its folder.",
    );
  if (status === 404)
    return new StaffApiError(
      status,
      detail ?? `Not found: ${method} ${path}.`,
      path.startsWith('/dead-letters/')
        ? 'npm run dead-letters -- list --all shows the ids that there are.'
        : 'Check the --url: it must be the order service, of a version with dead letters.',
    );
  return new StaffApiError(
    status,
    `${method} ${path} returned ${status}${detail ? `: ${detail}` : ''}`,
    status >= 500
      ? 'See order.log among the logs, and try again.'
      : 'Check the arguments: npm run dead-letters -- --help',
  );
}

function detailOf(text: string): string | undefined {
  try {
    const { detail, title } = JSON.parse(text) as { detail?: string; title?: string };
    return detail ?? title;
  } catch {
    return text.slice(0, 300) || undefined;
  }
}

function messageOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause.cause instanceof Error
    ? cause.cause.message || String((cause.cause as NodeJS.ErrnoException).code)
    : cause.message;
}
