import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { notFound, sendProblem } from '@tidewater/kit/problems.ts';
import { fastifyStatic } from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/**
 * Serves the built frontend. What has a hash in its name is kept by browsers for ever; pages are asked for each time.
 * Addresses without a file belong to the frontend's own router.
 */
export function frontendFiles(app: FastifyInstance, folder: string | undefined): void {
  const isBuilt = folder !== undefined && existsSync(join(folder, 'index.html'));
  if (isBuilt)
    void app.register(fastifyStatic, { root: folder, serve: false, preCompressed: true, cacheControl: false });

  app.get('/*', (request, reply) => {
    const path = request.url.split('?')[0] ?? '/';
    if (isReserved(path)) return sendProblem(reply, notFound(`There is nothing at GET ${path}.`).problem);
    if (!isBuilt) return reply.code(503).type('text/html; charset=utf-8').send(missingPage);
    const isFile = /\.[a-z0-9]+$/i.test(path);
    void reply.header('cache-control', path.startsWith('/assets/') && isFile ? forEver : 'no-cache');
    return reply.sendFile(isFile ? decodeURIComponent(path) : 'index.html');
  });
}

const forEver = 'public, max-age=31536000, immutable';

const isReserved = (path: string): boolean => /^\/(api|provider|events|dapr)(\/|$)/.test(path);

const missingPage = `<!doctype html>
<html lang="en">
<title>Tidewater Outfitters: not built yet</title>
<h1>The shop window is not built yet</h1>
<p>The services run, but FRONTEND_DIR does not name a folder with the built pages.
Start the store with <code>npm start</code>, which builds them, and load this page again.</p>
</html>
`;
