import { createServer } from 'node:http';

/** A request that a page of another site would send. */
export interface Target {
  readonly what: string;
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: string;
}

/** The outcome of one attempt: `read` means that the page could read the response. */
export interface Attempt {
  readonly what: string;
  readonly how: string;
  readonly outcome: 'blocked' | 'opaque' | 'read' | 'sent';
  readonly text?: string;
}

/** A server for empty pages of another origin, from which the attacks run. */
export async function otherSite(): Promise<{ readonly port: number; close(): void }> {
  const server = createServer((_request, response) => {
    response.setHeader('content-type', 'text/html');
    response.end('<!doctype html><title>Elsewhere</title><body>Elsewhere</body>');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    port,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/**
 * Runs in the page: every way in which a page can send a request to another origin. As text, since it runs in the browser:
 * it is called with the list of targets and resolves to a list of attempts.
 */
export const attackFromPage = `async (targets) => {
  const attempts = [];
  const note = (what, how, outcome, text) => attempts.push({ what, how, outcome, text });
  const within = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(() => resolve('blocked'), 2000))]);

  const tryFetch = async ({ what, url, method, body }, how, init) => {
    const withBody = method === 'GET' ? {} : { body: body ?? '{}' };
    try {
      const reply = await fetch(url, { method, credentials: 'include', signal: AbortSignal.timeout(4000), ...withBody, ...init });
      if (reply.type === 'opaque') note(what, how, 'opaque');
      else note(what, how, 'read', reply.status + ' ' + (await reply.text()).slice(0, 100));
    } catch {
      note(what, how, 'blocked');
    }
  };
  const element = (name, attributes, events) => new Promise((resolve) => {
    const made = document.createElement(name);
    Object.assign(made, attributes);
    made.onload = () => resolve(events.load);
    made.onerror = () => resolve('blocked');
    document.body.append(made);
  });
  const form = ({ url, body }, enctype) => {
    const frame = Object.assign(document.createElement('iframe'), { name: 'f' + Math.random() });
    const made = Object.assign(document.createElement('form'), { action: url, method: 'POST', enctype, target: frame.name });
    // A text/plain form writes name=value: the value closes what the name began.
    const text = body ?? '{}';
    const split = Math.max(1, text.length - 1);
    made.append(Object.assign(document.createElement('input'), { name: text.slice(0, split) , value: text.slice(split) }));
    document.body.append(frame, made);
    made.submit();
  };
  const stream = (make, opened) => new Promise((resolve) => {
    const source = make();
    source.onopen = () => resolve(opened);
    source.onmessage = () => resolve('read');
    source.onerror = () => { source.close(); resolve('blocked'); };
  });

  for (const target of targets) {
    const { what, url, method } = target;
    await tryFetch(target, 'fetch', { headers: { 'content-type': 'application/json' } });
    await tryFetch(target, 'fetch with a guessed token', { headers: { 'dapr-api-token': 'guess', 'x-staff-token': 'guess' } });
    await tryFetch(target, 'fetch without cookies', { credentials: 'omit', headers: { 'content-type': 'text/plain' } });
    const simple = method === 'GET' ? 'GET' : 'POST';
    await tryFetch({ ...target, method: simple }, 'fetch no-cors', { mode: 'no-cors', headers: { 'content-type': 'text/plain' } });
    if (method === 'GET') {
      note(what, 'image', await within(element('img', { src: url }, { load: 'read' })));
      // An invalid script loads, and only its globals and its errors are visible.
      note(what, 'script', await within(element('script', { src: url }, { load: 'opaque' })));
      note(what, 'stylesheet', await within(element('link', { rel: 'stylesheet', href: url }, { load: 'opaque' })));
      note(what, 'EventSource', await within(stream(() => new EventSource(url, { withCredentials: true }), 'read')));
      note(what, 'WebSocket', await within(stream(() => new WebSocket(url.replace('http', 'ws')), 'read')));
    } else {
      form(target, 'text/plain');
      form(target, 'application/x-www-form-urlencoded');
      form(target, 'multipart/form-data');
      note(what, 'form', 'sent');
      navigator.sendBeacon(url, new Blob([target.body ?? '{}'], { type: 'text/plain' }));
      note(what, 'sendBeacon', 'sent');
    }
    const frame = Object.assign(document.createElement('iframe'), { src: url, className: 'framed' });
    document.body.append(frame);
    await new Promise((resolve) => { frame.onload = resolve; setTimeout(resolve, 1000); });
    let text;
    try { text = frame.contentDocument?.body?.innerText; } catch {}
    // A frame that was rejected is empty or of another origin, and so is its document.
    note(what, 'frame', text ? 'read' : 'opaque', text);
    frame.remove();
  }
  return attempts;
}`;
