import { describe, test } from 'node:test';
import { afterTheAttack } from './after-attack-tests.ts';
import { attackedStore, report, seed } from './attacked-store.ts';
import { nameOf, pathAttacks, stringAttacks } from './endpoints.ts';
import { actorCalls, forgedEvents } from './forged-calls.ts';
import { hostileStrings } from './hostile-strings.ts';
import { pathTricks } from './path-tricks.ts';

/** There are many fields: each gets three of four strings, different ones at each route. */
const leftOut = 4;

describe('the services under hostile calls that their sidecars could make', { timeout: 400_000 }, () => {
  const strings = hostileStrings(seed);
  const attacked = attackedStore();
  const groups = { events: forgedEvents, 'actor methods': actorCalls };

  for (const [name, endpoints] of Object.entries(groups))
    test(`${name}: each hostile string in each text field gets no server error`, { timeout: 240_000 }, async () => {
      for (const [route, endpoint] of (await endpoints(attacked.fixture())).entries()) {
        report(nameOf(endpoint));
        const some = strings.filter((_each, at) => (at + route) % leftOut !== 0);
        await attacked.attack(stringAttacks(endpoint, some));
      }
    });

  test('actors: each path trick for each id reaches no other route', { timeout: 240_000 }, async () => {
    const attacks = (await actorCalls(attacked.fixture())).flatMap((endpoint) =>
      pathAttacks(endpoint, (id, targets) => pathTricks(id, targets, seed)),
    );
    await attacked.attack(attacks, attacked.others());
  });

  afterTheAttack(attacked);
});
