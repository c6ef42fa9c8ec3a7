import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { notFound } from '@tidewater/kit/problems.ts';
import { textResponse } from '@tidewater/kit/route-schemas.ts';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import type { SessionLimit } from '../limits/request-limits.ts';
import type { Sessions } from '../session/session.ts';

export const isFrontendBuilt = (folder: string): boolean => existsSync(join(folder, 'index.html'));

const responses = {
  200: textResponse('The page, or a file in its own media type', 'text/html'),
  503: textResponse('The frontend is not built', 'text/html'),
};

/**
 * Serves the built frontend. Browsers cache files with a hash in their name permanently and revalidate pages each time.
 * Addresses without a file belong to the frontend's own router. A page starts the session of a new visitor: its
 * first concurrent requests would start one each.
 */
export function frontendFiles(
  app: FastifyInstance,
  folder: string | undefined,
  { sessions, sessionLimit }: { readonly sessions: Sessions; readonly sessionLimit: SessionLimit },
): void {
  const isBuilt = folder !== undefined && isFrontendBuilt(folder);
  if (isBuilt)
    void app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true, cacheControl: false });

  app.get<{ Params: { readonly '*': string } }>(
    '/*',
    { config: { access: 'public' }, schema: { summary: 'A file or a page of the frontend', response: responses } },
    async (request, reply) => {
      // Decoded once by the router; whatever would be decoded or resolved further is no address here.
      const path = `/${request.params['*']}`;
      const kind = kindOf(path);
      if (kind === 'none') throw notFound('There is nothing at this address for GET.');
      if (!isBuilt) return reply.code(503).header('cache-control', 'no-store').type(html).send(missingPage);
      if (kind === 'page') {
        const hasSession = sessions.existingShopper(request) !== undefined;
        if (hasSession || (await sessionLimit.allowNewSession(request))) sessions.shopperOf(request, reply);
        // Private: a cache between us must not give one visitor's cookie to another.
        return reply.header('cache-control', 'private, no-cache').sendFile('index.html');
      }
      const isPermanent = path.startsWith('/assets/');
      void reply.header('cache-control', isPermanent ? 'public, max-age=31536000, immutable' : 'no-cache');
      return reply.sendFile(path);
    },
  );
}

const html = 'text/html; charset=utf-8';

function kindOf(path: string): 'file' | 'page' | 'none' {
  const segments = path.slice(1).split('/');
  const isOdd = segments.some((segment) => segment === '.' || segment === '..' || /[\\\p{Cc}]/u.test(segment));
  if (isOdd || reserved.has(segments[0] ?? '')) return 'none';
  if (!/\.[a-z0-9]+$/i.test(path)) return 'page';
  // Names that a build gives; no hidden files.
  return segments.every((segment) => /^[\w-][\w.-]*$/.test(segment)) ? 'file' : 'none';
}

const reserved: ReadonlySet<string> = new Set(['api', 'provider', 'events', 'dapr', 'actors']);

const missingPage = `<!doctype html>
<html lang="en">
<title>Tidewater Outfitters: not built yet</title>
<h1>The shop window is not built yet</h1>
<p>The services run, but FRONTEND_DIR does not name a folder with the built pages.
Start the store with <code>npm start</code>, which builds them, and load this page again.</p>
</html>
`;
