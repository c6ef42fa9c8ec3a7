import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { readDeadLettersOptions, runDeadLetters, UsageError } from './dead-letters.ts';
import { staffApi } from './staff-api.ts';
import { printable, table } from './table.ts';

const escape = '\u001b';
const deadLetters = Array.from({ length: 250 }, (_, n) => ({
  id: `dl-${n}`,
  state: n < 230 ? 'open' : 'discarded',
  consumer: 'payment',
  topic: 'orders',
  eventType: 'order.changed',
  orderId: `TW-${n}`,
  reason: n === 0 ? `bad name ${escape}[2J\nsecond line` : 'unknown schemaVersion 9',
  attempts: 3,
  receivedAt: '2026-11-28T08:00:00.000Z',
  event: { id: `e-${n}`, data: { name: `${escape}[31m` } },
}));

let requests: string[] = [];
let response: ((path: string) => { status: number; body: unknown } | undefined) | undefined;
const server = createServer((request, reply) => {
  let body = '';
  request.on('data', (data: Buffer) => (body += data.toString()));
  request.on('end', () => {
    const url = new URL(request.url ?? '', 'http://x');
    requests.push(`${request.method} ${request.url} ${body}`.trim());
    const send = (status: number, value?: unknown): void => {
      reply.writeHead(status, { 'content-type': 'application/json' });
      reply.end(Buffer.isBuffer(value) ? value : value === undefined ? '' : JSON.stringify(value));
    };
    if (request.headers['x-staff-token'] !== 'staff') return send(401, { title: 'Unauthorized' });
    const special = response?.(url.pathname);
    if (special) return send(special.status, special.body);
    if (request.method === 'POST') return send(204);
    if (url.pathname === '/dead-letters') {
      const open = deadLetters.filter(({ state }) => !url.searchParams.get('state') || state === 'open');
      const begin = open.findIndex(({ id }) => id === url.searchParams.get('before')) + 1;
      const page = open.slice(begin, begin + Number(url.searchParams.get('limit')));
      return send(200, { deadLetters: page, before: begin + page.length < open.length ? page.at(-1)?.id : null });
    }
    const deadLetter = deadLetters.find(({ id }) => url.pathname === `/dead-letters/${id}`);
    return deadLetter
      ? send(200, deadLetter)
      : send(404, { title: 'Not found', detail: 'There is no such dead letter.' });
  });
});
before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
after(() => server.close());
beforeEach(() => {
  requests = [];
  response = undefined;
});

async function run(argv: readonly string[], token = 'staff'): Promise<{ code: number; text: string }> {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let text = '';
  const code = await runDeadLetters(
    readDeadLettersOptions(argv),
    staffApi({ url, token }),
    (line) => (text += `${line}\n`),
  );
  return { code, text };
}

test('dead-letters list: a table of the open ones, without control characters of a message', async () => {
  const { code, text } = await run(['list', '--limit', '3']);
  assert.equal(code, 0);
  const lines = text.trim().split('\n');
  assert.equal(lines.length, 5, 'head, three rows, and that there may be more');
  assert.match(lines[0] ?? '', /^id +state +received \(UTC\) +service +event +order +tries +reason$/);
  assert.match(lines[1] ?? '', /^dl-0 +open +2026-11-28 08:00:00 +payment +order\.changed +TW-0 +3 +bad name/);
  assert.ok(!text.includes(escape));
  assert.match(requests[0] ?? '', /state=open&limit=3/);
});

test('dead-letters list: --all requests every state, --json prints JSON', async () => {
  const { text } = await run(['list', '--all', '--json', '--limit', '250']);
  assert.equal((JSON.parse(text) as unknown[]).length, 250);
  assert.doesNotMatch(requests[0] ?? '', /state=/);
});

test('dead-letters show: every field, the message as JSON', async () => {
  const { code, text } = await run(['show', 'dl-1']);
  assert.equal(code, 0);
  assert.match(text, /^reason +unknown schemaVersion 9$/m);
  assert.match(text, /"id": "e-1"/);
  assert.ok(!text.includes(escape));
});

test('dead-letters redrive, discard: one by its own route, several in one request', async () => {
  await run(['redrive', 'dl-1']);
  await run(['discard', 'dl-1', 'dl-2', 'dl-1']);
  assert.deepEqual(requests, ['POST /dead-letters/dl-1/redrive', 'POST /dead-letters/discard {"ids":["dl-1","dl-2"]}']);
});

test('dead-letters redrive --all: every open one, however many pages', async () => {
  const { code, text } = await run(['redrive', '--all']);
  assert.equal(code, 0);
  assert.match(text, /Published again: 230 of 230/);
  const posted = requests.filter((line) => line.startsWith('POST'));
  assert.deepEqual(
    posted.map((line) => (JSON.parse(line.slice(line.indexOf('{'))) as { ids: string[] }).ids.length),
    [100, 100, 30],
  );
});

test('dead-letters redrive: what fails is printed, and the exit code is 1', async () => {
  response = (path) =>
    path === '/dead-letters/redrive'
      ? { status: 200, body: { done: ['dl-1'], failed: [{ id: 'dl-9', reason: 'is discarded' }] } }
      : undefined;
  const { code, text } = await run(['redrive', 'dl-1', 'dl-9']);
  assert.equal(code, 1);
  assert.match(text, /1 of 2[^]*dl-9: is discarded/);
});

test('dead-letters: an unknown id, a wrong token, a failing service and an unreachable one are errors with a fix', async () => {
  await assert.rejects(run(['show', 'dl-999']), /no such dead letter/);
  await assert.rejects(run(['list'], 'wrong'), /staff token/);
  response = () => ({ status: 503, body: { detail: 'the database is unavailable' } });
  await assert.rejects(run(['list']), /503: the database is unavailable/);
  response = () => ({ status: 200, body: Buffer.from('<html>a page</html>') });
  await assert.rejects(run(['list']), /not JSON/);
  const unreachable = staffApi({ url: 'http://127.0.0.1:1', token: 'staff' });
  await assert.rejects(unreachable.list({}), /does not respond/);
});

test('staffApi.operations: a service without that route is not an error', async () => {
  response = () => ({ status: 404, body: {} });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  assert.equal(await staffApi({ url, token: 'staff' }).operations(), undefined);
});

for (const argv of [
  [],
  ['lst'],
  ['show'],
  ['show', 'a', 'b'],
  ['redrive'],
  ['discard', 'a', '--all'],
  ['list', '--limit', '0'],
  ['list', '--nope'],
  ['list', 'a'],
])
  test(`dead-letters ${argv.join(' ')}: wrong use is an error`, () =>
    assert.throws(() => readDeadLettersOptions(argv), UsageError));

test('printable and table: a cell cannot break its line', () => {
  assert.equal(printable('a\n\tb\u0007\u202e'), 'a b\ufffd\ufffd');
  assert.equal(table(['a', 'b'], [['1', 'x'.repeat(50)]], 10), `a  b\n1  xxxxxx…`);
});
