import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import type { Problem } from '@tidewater/contracts/storefront.ts';
import { root } from '../../infra/launcher/folders.ts';
import { freePort } from '../../infra/launcher/ports.ts';
import { Shopper } from '../harness/shopper.ts';
import { sharedStore, type StoreUnderTest } from '../harness/store.ts';

interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly seconds: number;
}

/** Runs a program of the repository that is expected to exit within the limit. */
function runToEnd(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limitMs = 30_000,
): Promise<Ended> {
  return new Promise((resolve) => {
    const begun = Date.now();
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (output += data.toString()));
    const timer = setTimeout(() => child.kill('SIGKILL'), limitMs);
    child.on('exit', (code) => {
      clearTimeout(timer);
      resolve({ code, output, seconds: (Date.now() - begun) / 1000 });
    });
  });
}

describe('wrong use of the launcher', () => {
  const start = join(root, 'infra/start.ts');

  test('npm start: a taken port is an error with its holder and a fix', async () => {
    const holder = createServer();
    const port = await new Promise<number>((resolve) =>
      holder.listen(0, '127.0.0.1', () => resolve((holder.address() as { port: number }).port)),
    );
    const { code, output } = await runToEnd([start, '--port', String(port)]);
    holder.close();
    assert.equal(code, 1);
    assert.match(output, new RegExp(`Port ${port} is taken`));
    assert.match(output, /Fix:.*--port/);
  });

  test('npm start: an unknown option is an error that points to --help', async () => {
    const { code, output } = await runToEnd([start, '--frsh']);
    assert.equal(code, 1);
    assert.match(output, /--frsh/);
    assert.match(output, /--help/);
  });

  test('npm start: an unreachable Postgres is an error within seconds, and nothing is left running', async () => {
    const home = mkdtempSync(join(tmpdir(), 'tidewater-'));
    const port = await freePort();
    const { code, output, seconds } = await runToEnd([start, '--home', home], {
      DATABASE_URL: `postgres://nobody:x@127.0.0.1:${port}/none`,
    });
    rmSync(home, { recursive: true, force: true });
    assert.equal(code, 1);
    assert.match(output, /Postgres \(DATABASE_URL\) does not respond/);
    assert.match(output, /Check DATABASE_URL/);
    assert.ok(seconds < 20, `took ${seconds} s`);
  });
});

describe('wrong use of the sidecar', () => {
  const main = join(root, 'runtime/src/main.mjs');

  async function withResources(yaml: string, check: (ended: Ended) => void): Promise<void> {
    const folder = mkdtempSync(join(tmpdir(), 'components-'));
    writeFileSync(join(folder, 'broken.yaml'), yaml);
    const ports = await Promise.all(
      ['http', 'grpc', 'internal-grpc'].map(async (name) => [`--dapr-${name}-port`, String(await freePort())]),
    );
    const ended = await runToEnd(
      [main, '--app-id', 'wrong', '--resources-path', folder, '--enable-metrics=false', ...ports.flat()],
      {},
      20_000,
    );
    rmSync(folder, { recursive: true, force: true });
    check(ended);
  }

  test('sidecar: invalid YAML is an error with file and line', () =>
    withResources('apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: [', ({ code, output }) => {
      assert.equal(code, 1);
      assert.match(output, /broken\.yaml/);
      assert.match(output, /line|:\d+/);
    }));

  test('sidecar: a component of an unknown type is an error with its type', () =>
    withResources(
      'apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: attic\nspec:\n  type: state.attic\n  version: v1\n',
      ({ code, output }) => {
        assert.equal(code, 1);
        assert.match(output, /state\.attic/);
      },
    ));

  test('sidecar: a state store with an unreachable Postgres ends the start with its name', async () => {
    const port = await freePort();
    await withResources(
      `apiVersion: dapr.io/v1alpha1\nkind: Component\nmetadata:\n  name: ledger\nspec:\n  type: state.postgresql\n  version: v2\n  metadata:\n    - name: connectionString\n      value: postgres://x:y@127.0.0.1:${port}/z\n`,
      ({ code, output }) => {
        assert.equal(code, 1);
        assert.match(output, /ledger/);
        assert.match(output, /127\.0\.0\.1|ECONNREFUSED|reach/);
      },
    );
  });

  test('sidecar: an unknown flag is an error with its name', async () => {
    const { code, output } = await runToEnd([main, '--app-id', 'x', '--app-prot', '1'], {}, 15_000);
    assert.notEqual(code, 0);
    assert.match(output, /app-prot/);
  });
});

describe('wrong use of the shop', { timeout: 120_000 }, () => {
  let store: StoreUnderTest;
  let shopper: Shopper;

  before(async () => {
    store = await sharedStore();
    shopper = new Shopper(store.url);
    await shopper.get('/api/cart');
  });

  const expectRejected = async (method: string, path: string, body: unknown, status: number): Promise<Problem> => {
    const response = await shopper.request<Problem>(method, path, body);
    assert.equal(response.status, status, JSON.stringify(response.body));
    assert.match(response.headers.get('content-type') ?? '', /application\/problem\+json/);
    assert.ok(response.body.detail.length > 8, 'a sentence for a person');
    assert.doesNotMatch(JSON.stringify(response.body), /node_modules|\.ts:\d|Error:/);
    return response.body;
  };

  test('GET and PUT of an unknown product: are 404', async () => {
    await expectRejected('GET', '/api/products/no-such-thing', undefined, 404);
    await expectRejected('PUT', '/api/cart/lines/no-such-thing', { quantity: 1 }, 404);
  });

  for (const quantity of [-1, 1.5, 100, '2', null]) {
    test(`PUT /api/cart/lines/:id: a quantity of ${JSON.stringify(quantity)} is 400 and changes nothing`, async () => {
      const { products } = await shopper.get<{ products: readonly { id: string }[] }>('/api/products?stock=1&size=1');
      const problem = await expectRejected('PUT', `/api/cart/lines/${products[0]?.id}`, { quantity }, 400);
      assert.equal(problem.errors?.[0]?.field, 'quantity');
      assert.equal((await shopper.get<{ count: number }>('/api/cart')).count, 0);
    });
  }

  test('PUT /api/cart/lines/:id: malformed JSON is 400', async () => {
    await expectRejected('PUT', '/api/cart/lines/anything', '{"quantity":', 400);
  });

  test('PUT /api/cart/lines/:id: a body of 10 MB is 413', async () => {
    await expectRejected(
      'PUT',
      '/api/cart/lines/anything',
      JSON.stringify({ quantity: 1, pad: 'x'.repeat(10_000_000) }),
      413,
    );
  });

  test('POST /v1.0/publish: a body of 10 MB is 413, and the sidecar stays healthy', async () => {
    const { urls, secrets } = store.running();
    const sidecar = urls['cart/sidecar'] ?? '';
    const response = await fetch(`${sidecar}/v1.0/publish/pubsub/carts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dapr-api-token': secrets.daprApiTokens.cart ?? '' },
      body: JSON.stringify('x'.repeat(10_000_000)),
    });
    assert.equal(response.status, 413);
    assert.equal((await fetch(`${sidecar}/v1.0/healthz`)).status, 204);
  });

  test('POST /v1.0/state: malformed JSON is 400 with an error code', async () => {
    const { urls, secrets } = store.running();
    const sidecar = urls['order/sidecar'] ?? '';
    const response = await fetch(`${sidecar}/v1.0/state/statestore`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'dapr-api-token': secrets.daprApiTokens.order ?? '' },
      body: '[{',
    });
    assert.equal(response.status, 400);
    assert.equal(((await response.json()) as { errorCode: string }).errorCode, 'ERR_MALFORMED_REQUEST');
  });

  test('POST /api/checkout: an empty cart is 400', async () => {
    const { status, body } = await shopper.checkout();
    assert.equal(status, 400);
    assert.match(body.detail, /cart/i);
  });
});
