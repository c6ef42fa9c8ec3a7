import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Running } from '../harness/store.ts';
import { grpc, http, nats, peer, plainHttp, postgres } from './callers.ts';
import { listenersOf } from './listeners.ts';

const columns = ['no token', 'wrong token', 'other origin', 'foreign host', 'right caller'] as const;
type Column = (typeof columns)[number];

export interface MatrixRow {
  readonly port: string;
  readonly actual: Readonly<Record<Column, string>>;
  readonly expected: Readonly<Record<Column, string>>;
}

type Headers = Readonly<Record<string, string>>;
type Five = readonly [string, string, string, string, string];

/** The headers that a browser adds to a request of a page of another origin. */
const otherOrigin = { origin: 'http://127.0.0.1:9', 'sec-fetch-site': 'cross-site' };
const foreignHost = { host: 'elsewhere.example' };

/** Calls every port of the store as each kind of caller. */
export async function portMatrix(running: Running): Promise<readonly MatrixRow[]> {
  const apps = Object.keys(running.secrets.appApiTokens);
  const rows = [
    ...apps.flatMap((app) => [...serviceRows(running, app), ...sidecarRows(running, app)]),
    providerRow(running),
    ...pageRows(running),
    postgresRow(running),
    natsRow(running),
  ];
  return Promise.all(rows);
}

async function rowOf(port: string, expected: Five, calls: readonly Promise<string>[]): Promise<MatrixRow> {
  return { port, expected: byColumn(expected), actual: byColumn(await Promise.all(calls)) };
}

const byColumn = (values: readonly string[]): Readonly<Record<Column, string>> =>
  Object.fromEntries(columns.map((column, at) => [column, values[at] ?? ''])) as Record<Column, string>;

function serviceRows({ ports, secrets }: Running, app: string): readonly Promise<MatrixRow>[] {
  const port = ports[app]?.app ?? 0;
  // The storefront is public: routes for its sidecar return 404.
  const hidden = app === 'storefront' ? '404' : '401';
  const token = { 'dapr-api-token': secrets.appApiTokens[app] ?? '' };
  const sidecarRoute = (headers: Headers): Promise<string> => http(port, '/dapr/subscribe', headers);
  const staff = (headers: Headers): Promise<string> => http(port, '/metrics', headers);
  return [
    rowOf(
      `${app} GET /dapr/subscribe`,
      [hidden, hidden, hidden, hidden, '200'],
      [
        sidecarRoute({}),
        sidecarRoute({ 'dapr-api-token': 'wrong' }),
        sidecarRoute(otherOrigin),
        sidecarRoute(foreignHost),
        sidecarRoute(token),
      ],
    ),
    rowOf(
      `${app} GET /metrics`,
      ['401', '401', '401', '401', '200'],
      [
        staff(token),
        staff({ 'x-staff-token': 'wrong' }),
        staff(otherOrigin),
        staff(foreignHost),
        staff({ 'x-staff-token': secrets.staffToken }),
      ],
    ),
  ];
}

/** Callers of another origin are rejected even with a valid token. */
function sidecarRows(running: Running, app: string): readonly Promise<MatrixRow>[] {
  const { ports, secrets } = running;
  const { http: apiPort = 0, grpc: grpcPort = 0, metrics: metricsPort = 0 } = ports[app] ?? {};
  const token = { 'dapr-api-token': secrets.daprApiTokens[app] ?? '' };
  const wrong = { 'dapr-api-token': 'wrong' };
  const api = (headers: Headers): Promise<string> => http(apiPort, '/v1.0/metadata', headers);
  const rpc = (headers: Headers): Promise<string> => grpc(grpcPort, headers);
  const scrape = (headers: Headers): Promise<string> => http(metricsPort, '/', headers);
  const internal = internalPort(running, app);
  return [
    rowOf(
      `${app}/sidecar HTTP`,
      ['401', '401', '403', '403', '200'],
      [api({}), api(wrong), api({ ...token, ...otherOrigin }), api({ ...token, ...foreignHost }), api(token)],
    ),
    rowOf(
      `${app}/sidecar gRPC`,
      ['16', '16', '7', '7', '0'],
      [
        rpc({}),
        rpc(wrong),
        rpc({ ...token, ...otherOrigin }),
        rpc({ ...token, ':authority': foreignHost.host }),
        rpc(token),
      ],
    ),
    rowOf(
      `${app}/sidecar metrics`,
      ['200', '200', '403', '403', '200'],
      [scrape({}), scrape(wrong), scrape(otherOrigin), scrape(foreignHost), scrape({})],
    ),
    rowOf(
      `${app}/sidecar internal`,
      ['closed', 'closed', 'closed', 'closed', '204'],
      [
        peer(internal, app),
        peer(internal, app, 'wrong'),
        plainHttp(internal, otherOrigin),
        plainHttp(internal, foreignHost),
        peer(internal, app, peerSecret(running)),
      ],
    ),
  ];
}

function providerRow({ ports, secrets }: Running): Promise<MatrixRow> {
  const get = (headers: Headers): Promise<string> => http(ports.provider?.app ?? 0, '/authorizations', headers);
  return rowOf(
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
}

function pageRows({ ports }: Running): readonly Promise<MatrixRow>[] {
  const port = ports.storefront?.app ?? 0;
  const cookie = { cookie: 'tidewater=wrong' };
  const get = (headers: Headers): Promise<string> => http(port, '/api/cart', headers);
  const post = (headers: Headers): Promise<string> => http(port, '/api/cart/prices', headers, 'POST');
  return [
    rowOf(
      'storefront GET /api/cart',
      ['200', '200', '200', '200', '200'],
      [get({}), get(cookie), get(otherOrigin), get(foreignHost), get({})],
    ),
    rowOf(
      'storefront POST /api/cart/prices',
      ['200', '200', '403', '200', '200'],
      [post({}), post(cookie), post(otherOrigin), post(foreignHost), post({})],
    ),
  ];
}

function postgresRow({ servers }: Running): Promise<MatrixRow> {
  const withPassword = (password: string): string => {
    const url = new URL(servers.postgres);
    url.password = password;
    return url.href;
  };
  const port = Number(new URL(servers.postgres).port);
  return rowOf(
    'Postgres',
    ['28P01', '28P01', 'closed', 'closed', 'open'],
    [
      postgres(withPassword('')),
      postgres(withPassword('wrong')),
      plainHttp(port, otherOrigin),
      plainHttp(port, foreignHost),
      postgres(servers.postgres),
    ],
  );
}

function natsRow({ servers }: Running): Promise<MatrixRow> {
  const { port: portText, username, password } = new URL(servers.nats);
  const port = Number(portText);
  const user = decodeURIComponent(username);
  return rowOf(
    'NATS',
    ['closed', 'closed', 'closed', 'closed', 'open'],
    [
      nats(port, {}),
      nats(port, { user, pass: 'wrong' }),
      plainHttp(port, otherOrigin),
      plainHttp(port, foreignHost),
      nats(port, { user, pass: decodeURIComponent(password) }),
    ],
  );
}

/** The port of a sidecar that `running.json` does not contain. */
export function internalPort({ pids, ports }: Running, app: string): number {
  const { http: api, grpc: rpc, metrics } = ports[app] ?? {};
  const others = listenersOf([pids[`${app}/sidecar`] ?? 0]).filter(({ port }) => ![api, rpc, metrics].includes(port));
  assert.equal(others.length, 1, `internal ports of ${app}: ${JSON.stringify(others)}`);
  return others[0]?.port ?? 0;
}

function peerSecret({ logs }: Running): string {
  const file = readFileSync(join(dirname(logs), 'secrets.json'), 'utf8');
  return (JSON.parse(file) as { shared: { OUTRIGGER_PEER_SECRET: string } }).shared.OUTRIGGER_PEER_SECRET;
}

export function markdown(rows: readonly MatrixRow[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [
    line(['port', ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...rows.map(({ port, actual }) => line([port, ...columns.map((column) => actual[column])])),
  ].join('\n');
}
