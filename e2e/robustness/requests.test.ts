import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { afterTheAttack } from './after-attack-tests.ts';
import type { Attack } from './attack-client.ts';
import { attackedStore, report, seed } from './attacked-store.ts';
import { nameOf, pathAttacks, stringAttacks } from './endpoints.ts';
import { hostileStrings } from './hostile-strings.ts';
import { buyWithOddNames } from './odd-names.ts';
import { disguises, pathTricks } from './path-tricks.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { storefrontEndpoints } from './storefront-endpoints.ts';

describe('the store under hostile requests', { timeout: 400_000 }, () => {
  const strings = hostileStrings(seed);
  const attacked = attackedStore();
  const tricks = (id: string, targets: readonly string[]): readonly string[] => pathTricks(id, targets, seed);
  const groups = { 'the storefront': storefrontEndpoints, 'each service’s own port': serviceEndpoints };

  test('corpus: has at least 200 distinct strings and 100 distinct path tricks', () => {
    assert.ok(new Set(strings.map(({ text }) => text)).size >= 200);
    assert.ok(new Set(tricks('abc', ['invariants'])).size >= 100);
  });

  for (const [name, endpoints] of Object.entries(groups)) {
    test(`${name}: each hostile string in each text field gets no server error`, { timeout: 240_000 }, async () => {
      for (const endpoint of endpoints(attacked.fixture())) {
        report(nameOf(endpoint));
        await attacked.attack(stringAttacks(endpoint, strings));
      }
    });

    test(`${name}: each path trick for each id reaches no other route`, { timeout: 240_000 }, () =>
      attacked.attack(
        endpoints(attacked.fixture()).flatMap((endpoint) => pathAttacks(endpoint, tricks)),
        attacked.others(),
      ),
    );
  }

  test('storefront: routes for the sidecar are hidden in every encoding of their path', async () => {
    const { url } = attacked.store();
    const port = Number(new URL(url).port);
    const paths = ['/dapr/subscribe', '/dapr/config', '/events/pubsub/products', '/events/pubsub/orders', '/metrics'];
    const { productId } = attacked.fixture().victim;
    const event = JSON.stringify({ type: 'stock.changed', data: { productId, available: 666 } });
    const headers = { 'content-type': 'application/cloudevents+json' };
    const attacks = paths.flatMap((path) =>
      disguises(path, url).flatMap((target): readonly Attack[] => [
        { what: `GET ${target}`, port, method: 'GET', target, headers: {}, mayClose: true },
        { what: `POST ${target}`, port, method: 'POST', target, headers, body: event, mayClose: true },
      ]),
    );
    await attacked.attack(attacks, [...attacked.others(), '"SUCCESS"', '"RETRY"', '"DROP"']);
  });

  test('unusual but valid names: each order is delivered and displays them unchanged', { timeout: 120_000 }, () =>
    buyWithOddNames(attacked.store(), strings),
  );

  afterTheAttack(attacked);
});
