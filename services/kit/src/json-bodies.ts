import type { FastifyInstance } from 'fastify';
import { badRequest, unsupportedMediaType } from './problems.ts';

/** Bodies are JSON. An empty one is none, whatever type it has: sidecars name one for calls that their caller sent without. */
export function acceptJsonBodies(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = String(body);
    if (text === '') return done(null, undefined);
    void parseJson(request, text, (error, value) => done(error && isJson(text) ? forbiddenMember() : error, value));
  });
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => {
    if (body === '') done(null, undefined);
    else done(unsupportedMediaType());
  });
}

/** The parser rejects what is JSON only for members that would change an object's prototype. */
const forbiddenMember = (): Error => badRequest('The body must not have a member __proto__, or constructor.prototype.');

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
