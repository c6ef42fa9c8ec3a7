import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { before, describe, test } from 'node:test';
import { sharedStore, type Running, type StoreUnderTest } from '../harness/store.ts';
import { grpc, http, nats, peer, postgres } from './callers.ts';
import { listenersOf, withDescendants } from './listeners.ts';

const columns = ['no token', 'wrong token', 'other origin', 'foreign host', 'right caller'] as const;
type Row = Readonly<Record<(typeof columns)[number], string>>;

/** What a browser adds to a request of a page that was served from elsewhere. */
const otherOrigin = { origin: 'http://127.0.0.1:9', 'sec-fetch-site': 'cross-site' };
const foreignHost = { host: 'elsewhere.example' };
const onlyLinux = { skip: process.platform === 'linux' ? false : '/proc is Linux’s' };

describe('ports of the store', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let running: Running;
  before(async () => {
    store = await sharedStore();
    running = store.running();
  });

  test('listeners: all programs listen on loopback only', onlyLinux, () => {
    const pids = new Set([...withDescendants(running.pid), ...Object.values(running.pids)]);
    const listeners = listenersOf([...pids]);
    assert.ok(listeners.length >= 28, `${listeners.length} listeners found`);
    const open = listeners.filter(({ address }) => address !== '127.0.0.1' && address !== '::1');
    assert.deepEqual(open, []);
  });

  test('matrix: each port and caller has the status it should have', onlyLinux, async () => {
    const rows: Record<string, { found: Row; expected: Row }> = {};
    const check = async (
      name: string,
      expected: readonly string[],
      calls: readonly Promise<string>[],
    ): Promise<void> => {
      const found = await Promise.all(calls);
      const row = (values: readonly string[]): Row =>
        Object.fromEntries(columns.map((column, at) => [column, values[at] ?? ''])) as Row;
      rows[name] = { found: row(found), expected: row(expected) };
    };
    const { secrets, ports, servers } = running;
    for (const [app, { app: port, http: sidecar = 0, grpc: rpc = 0, metrics = 0 }] of Object.entries(ports)) {
      const appToken = { 'dapr-api-token': secrets.appApiTokens[app] ?? '' };
      const daprToken = { 'dapr-api-token': secrets.daprApiTokens[app] ?? '' };
      const wrong = { 'dapr-api-token': 'wrong' };
      if (app === 'provider') {
        const get = (headers: Record<string, string>): Promise<string> => http(port, '/authorizations', headers);
        await check(
          'provider GET /authorizations',
          ['401', '401', '401', '401', '200'],
          [
            get({}),
            get({ authorization: 'Bearer wrong' }),
            get(otherOrigin),
            get(foreignHost),
            get({ authorization: `Bearer ${secrets.providerSecretKey}` }),
          ],
        );
        continue;
      }
      const hidden = app === 'storefront' ? '404' : '401';
      const own = (headers: Record<string, string>): Promise<string> => http(port, '/dapr/subscribe', headers);
      await check(
        `${app} GET /dapr/subscribe`,
        [hidden, hidden, hidden, hidden, '200'],
        [own({}), own(wrong), own(otherOrigin), own(foreignHost), own(appToken)],
      );
      const staff = (headers: Record<string, string>): Promise<string> => http(port, '/metrics', headers);
      await check(
        `${app} GET /metrics (staff)`,
        ['401', '401', '401', '401', '200'],
        [
          staff(appToken),
          staff({ 'x-staff-token': 'wrong' }),
          staff(otherOrigin),
          staff(foreignHost),
          staff({ 'x-staff-token': secrets.staffToken }),
        ],
      );
      // Those from elsewhere send the right token: it does not help them.
      const api = (headers: Record<string, string>): Promise<string> => http(sidecar, '/v1.0/metadata', headers);
      await check(
        `${app}/sidecar HTTP`,
        ['401', '401', '403', '403', '200'],
        [
          api({}),
          api(wrong),
          api({ ...daprToken, ...otherOrigin }),
          api({ ...daprToken, ...foreignHost }),
          api(daprToken),
        ],
      );
      await check(
        `${app}/sidecar gRPC`,
        ['16', '16', '7', '7', '0'],
        [
          grpc(rpc, {}),
          grpc(rpc, wrong),
          grpc(rpc, { ...daprToken, ...otherOrigin }),
          grpc(rpc, { ...daprToken, ':authority': foreignHost.host }),
          grpc(rpc, daprToken),
        ],
      );
      const scrape = (headers: Record<string, string>): Promise<string> => http(metrics, '/', headers);
      await check(
        `${app}/sidecar metrics`,
        ['200', '200', '403', '403', '200'],
        [scrape({}), scrape(wrong), scrape(otherOrigin), scrape(foreignHost), scrape({})],
      );
      const internal = internalPort(running, app);
      await check(
        `${app}/sidecar internal`,
        ['closed', 'closed', 'closed', 'closed', '204'],
        [
          peer(internal, app),
          peer(internal, app, 'wrong'),
          plainHttp(internal, otherOrigin),
          plainHttp(internal, foreignHost),
          peer(internal, app, peerSecret(running)),
        ],
      );
    }
    const page = (headers: Record<string, string>, method = 'GET'): Promise<string> =>
      http(ports.storefront?.app ?? 0, method === 'GET' ? '/api/cart' : '/api/cart/prices', headers, method);
    await check(
      'storefront GET /api/cart',
      ['200', '200', '200', '200', '200'],
      [page({}), page({ cookie: 'tidewater=wrong' }), page(otherOrigin), page(foreignHost), page({})],
    );
    await check(
      'storefront POST /api/cart/prices',
      ['200', '200', '403', '200', '200'],
      [
        page({}, 'POST'),
        page({ cookie: 'tidewater=wrong' }, 'POST'),
        page(otherOrigin, 'POST'),
        page(foreignHost, 'POST'),
        page({}, 'POST'),
      ],
    );
    const login = new URL(servers.postgres);
    const as = (password: string): string => {
      const url = new URL(servers.postgres);
      url.password = password;
      return url.href;
    };
    const postgresPort = Number(login.port);
    await check(
      'Postgres',
      ['28P01', '28P01', 'closed', 'closed', 'open'],
      [
        postgres(as('')).then((code) => (code === '28P01' || /password/.test(code) ? '28P01' : code)),
        postgres(as('wrong')),
        plainHttp(postgresPort, otherOrigin),
        plainHttp(postgresPort, foreignHost),
        postgres(servers.postgres),
      ],
    );
    const broker = new URL(servers.nats);
    const natsPort = Number(broker.port);
    const user = decodeURIComponent(broker.username);
    await check(
      'NATS',
      ['closed', 'closed', 'closed', 'closed', 'open'],
      [
        nats(natsPort, {}),
        nats(natsPort, { user, pass: 'wrong' }),
        plainHttp(natsPort, otherOrigin),
        plainHttp(natsPort, foreignHost),
        nats(natsPort, { user, pass: decodeURIComponent(broker.password) }),
      ],
    );
    if (process.env.SHOW_TABLE) console.log(markdown(rows));
    const found = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.found]));
    const expected = Object.fromEntries(Object.entries(rows).map(([name, row]) => [name, row.expected]));
    assert.deepEqual(found, expected);
  });

  test('internal port: a connection that does not authenticate itself is closed in 8 s', onlyLinux, async () => {
    const port = internalPort(running, 'cart');
    const begun = Date.now();
    // It names itself and sends a nonce, and nothing else.
    const greeting = await untilClosed(port, Buffer.alloc(0));
    assert.match(greeting, /^(OTRG[^]{4}[^]{32})?$/);
    assert.ok(Date.now() - begun < 8_000, `open for ${Date.now() - begun} ms`);
  });
});

/** The one port of a sidecar that `running.json` does not name. */
function internalPort({ pids, ports }: Running, app: string): number {
  const { http: api, grpc: rpc, metrics } = ports[app] ?? {};
  const others = listenersOf([pids[`${app}/sidecar`] ?? 0]).filter(({ port }) => ![api, rpc, metrics].includes(port));
  assert.equal(others.length, 1, `internal ports of ${app}: ${JSON.stringify(others)}`);
  return others[0]?.port ?? 0;
}

function peerSecret({ logs }: Running): string {
  const file = readFileSync(join(dirname(logs), 'secrets.json'), 'utf8');
  return (JSON.parse(file) as { shared: { OUTRIGGER_PEER_SECRET: string } }).shared.OUTRIGGER_PEER_SECRET;
}

/** An HTTP request to a port that speaks another protocol: `closed`, or what came back. */
async function plainHttp(port: number, headers: Readonly<Record<string, string>>): Promise<string> {
  const lines = Object.entries({ host: `127.0.0.1:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}`);
  const text = await untilClosed(port, Buffer.from(`GET / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`));
  // NATS names itself before it has heard anything, and says why it closes.
  const withoutGreeting = text.replace(/^INFO \{[^\r]*\}\s*/, '').replace(/^-ERR '[^']*'\s*/, '');
  return withoutGreeting.startsWith('HTTP') ? withoutGreeting.slice(0, 20) : 'closed';
}

/** What the other side sends until it closes the connection, of which it has 10 s. */
function untilClosed(port: number, bytes: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(bytes));
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`port ${port} keeps the connection open`));
    }, 10_000);
    let text = '';
    socket.on('data', (data: Buffer) => (text += data.toString('latin1')));
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}

function markdown(rows: Readonly<Record<string, { readonly found: Row }>>): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['port', ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...Object.entries(rows).map(([name, { found }]) => line([name, ...columns.map((column) => found[column])])),
  ].join('\n');
}
