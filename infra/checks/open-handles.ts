import { createHook } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';
import type { Server } from 'node:net';
import { after } from 'node:test';

/**
 * Loaded into each process that runs tests (`node --import`). Once its tests have ended, nothing is left to do: a process that
 * still runs after `TEST_END_LIMIT_MS` has something open that a test did not close. It prints the test file and the kind of
 * each, and ends as failed, instead of holding up the whole run.
 */
const limitMs = Number(process.env.TEST_END_LIMIT_MS || 30_000);
/** For the reporter, which writes its last lines before the process ends. */
const reportMs = 1000;
/** Deep enough to reach the test through what it calls. */
const framesOfTrace = 60;

const kinds: Readonly<Record<string, string>> = {
  TCPWRAP: 'a connection',
  PIPEWRAP: 'a pipe',
  UDPWRAP: 'a UDP socket',
  PROCESSWRAP: 'a program',
  WORKER: 'a worker',
  FSEVENTWRAP: 'a watched file',
  Timeout: 'a timer',
};

interface Trace {
  readonly stack?: string;
}

interface Handle {
  hasRef?(): boolean;
  /** Of a program. */
  readonly pid?: number;
}

interface Opened {
  readonly kind: string;
  readonly resource: WeakRef<Handle>;
  readonly trace: Trace;
}

const opened = new Map<number, Opened>();
const servers = new Map<Server, Trace>();

const hooks = {
  init(id: number, type: string, _trigger: number, resource: object): void {
    const kind = kinds[type];
    if (kind !== undefined) opened.set(id, { kind, resource: new WeakRef(resource), trace: traceHere() });
  },
  destroy(id: number): void {
    opened.delete(id);
  },
  // there are too many of them
  trackPromises: false,
};
createHook(hooks).enable();

// the handle of a server is made later than the call
subscribe('tracing:net.server.listen:asyncStart', (message) => {
  const { server } = message as { readonly server: Server };
  servers.set(server, traceHere());
  server.once('close', () => servers.delete(server));
});

after(() => void setTimeout(end, limitMs).unref());

function end(): void {
  process.stderr.write(`  ✗ this process still runs ${limitMs / 1000} s after its last test\n${openHandles()}`);
  process.exitCode = 1;
  // node:test prints its summary when the event loop has nothing left to do
  process.emit('beforeExit', 1);
  setTimeout(() => process.exit(1), reportMs);
}

/** Programs among them would outlive this process: they are ended. */
function openHandles(): string {
  const lines = new Map<string, number>();
  const add = (kind: string, { stack = '' }: Trace): void => {
    const line = `${fileIn(stack) ?? 'outside of a test'}: left ${kind} open`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  };
  for (const [server, trace] of servers) if (server.listening) add('a server', trace);
  for (const { kind, resource, trace } of opened.values()) {
    const handle = resource.deref();
    if (handle?.hasRef?.() !== true) continue;
    add(kind, trace);
    if (handle.pid !== undefined) process.kill(handle.pid, 'SIGKILL');
  }
  return [...lines].map(([line, count]) => `  ✗ ${line}${count > 1 ? ` (${count} times)` : ''}\n`).join('');
}

/** The test file, or else the outermost of our sources. */
function fileIn(stack: string): string | undefined {
  const places = [...stack.matchAll(/file:\/\/([^\s)]+:\d+):\d+/g)]
    .map(([, place = '']) => decodeURI(place))
    .filter((place) => !place.includes('/node_modules/') && !place.includes('/open-handles.ts'));
  return places.find((place) => /\.test\.tsx?:/.test(place)) ?? places.at(-1);
}

function traceHere(): Trace {
  const trace: Trace = {};
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = framesOfTrace;
  Error.captureStackTrace(trace, traceHere);
  Error.stackTraceLimit = stackTraceLimit;
  return trace;
}
