import type { Scene } from './scene.ts';

/**
 * The beginning of what routes respond that are not for the caller of the attack: a response with one of these texts has
 * come from another route, or shows somebody else's data.
 */
export async function otherRoutes({ store, victim }: Scene): Promise<readonly string[]> {
  const { ports, secrets } = store.running();
  const responses = Object.entries(secrets.appApiTokens).flatMap(([app, token]) =>
    ['/dapr/subscribe', '/dapr/config', '/invariants', '/metrics', '/dead-letters', '/operations', '/categories'].map(
      async (path) => {
        const reply = await fetch(`http://127.0.0.1:${ports[app]?.app}${path}`, {
          headers: { 'dapr-api-token': token, 'x-staff-token': secrets.staffToken },
        });
        const text = await reply.text();
        return reply.status === 200 && text.length > 4 && !text.startsWith('<') ? text.slice(0, 60) : undefined;
      },
    ),
  );
  const found = (await Promise.all(responses)).filter((text) => text !== undefined);
  const cart = JSON.stringify(await victim.cart()).slice(0, 60);
  return [...new Set([...found, cart, '# HELP', '"problems":', victim.email])];
}
