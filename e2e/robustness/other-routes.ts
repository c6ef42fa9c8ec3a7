import type { AttackFixture } from './fixture.ts';

/**
 * The beginnings of responses of routes that the attacker must not reach: a response with one of these texts comes from
 * another route, or contains data of another customer.
 */
export async function otherRoutes({ store, victim }: AttackFixture): Promise<readonly string[]> {
  const { ports, secrets } = store.running();
  const responses = Object.entries(secrets.appApiTokens).flatMap(([app, token]) =>
    ['/dapr/subscribe', '/dapr/config', '/invariants', '/metrics', '/dead-letters', '/operations', '/categories'].map(
      async (path) => {
        const response = await fetch(`http://127.0.0.1:${ports[app]?.app}${path}`, {
          headers: { 'dapr-api-token': token, 'x-staff-token': secrets.staffToken },
        });
        const text = await response.text();
        return response.status === 200 && text.length > 4 && !text.startsWith('<') ? text.slice(0, 60) : undefined;
      },
    ),
  );
  const texts = (await Promise.all(responses)).filter((text) => text !== undefined);
  const cart = JSON.stringify(await victim.cart()).slice(0, 60);
  return [...new Set([...texts, cart, '# HELP', '"problems":', victim.email])];
}
