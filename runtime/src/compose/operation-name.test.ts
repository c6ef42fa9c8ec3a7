import assert from 'node:assert/strict';
import { test } from 'node:test';
import { anyVerb, grpcSurface, httpSurface, extensionRoutes } from '#api/surface.ts';
import { operationName, unknownOperation } from './operation-name.ts';

/** Operations with another or no name in gRPC. */
const withoutRpc = [
  'PutMetadata',
  'Healthz',
  'HealthzOutbound',
  'ListActivities',
  'StreamActivities',
  'CommitActorTurn',
];
const routes = [...httpSurface, ...extensionRoutes];
const nameOf = (operation: string): string => operation.split('/')[0] ?? '';

test('operation name: every route of the surface has its own, without key, id or method', () => {
  for (const { verbs, path, operation } of routes)
    for (const verb of verbs === anyVerb ? ['GET', 'POST'] : verbs) {
      const sample = path.replace(/:(\w+)/g, 'the-$1').replace('*', 'the-rest');
      const expected = operation.replace(/:(\w+)/g, 'the-$1').replace('*', 'the-rest');
      const name = operationName(verb, sample);
      assert.equal(name, operation === 'InvokeService' ? 'InvokeService/the-rest' : expected, `${verb} ${path}`);
      assert.doesNotMatch(name, /the-(key|id|method|event)/);
    }
});

test('operation name: each is the name of an RPC of any version, or listed as having none', () => {
  const isRpc = (name: string): boolean =>
    ['', 'Alpha1', 'Alpha2', 'Beta1'].some((version) => `${name}${version}` in grpcSurface);
  const strange = routes.map(({ operation }) => nameOf(operation)).filter((name) => !isRpc(name));
  assert.deepEqual([...new Set(strange)].toSorted(), withoutRpc.toSorted());
});

test('operation name: an API path without a route is UnknownOperation, any other path is an invocation', () => {
  assert.equal(operationName('GET', '/v1.0/stat/orders/1'), unknownOperation);
  assert.equal(operationName('PATCH', '/v1.0/state/orders'), unknownOperation);
  assert.equal(operationName('GET', '/v1.0-alpha1/nothing'), unknownOperation);
  assert.equal(operationName('POST', '/orders/1'), 'InvokeService');
  assert.equal(operationName('POST', '/v1.0/publish/pubsub/a/b'), 'PublishEvent/pubsub/a/b');
  assert.equal(operationName('POST', '/v1.0/invoke/cart/method/secret/path'), 'InvokeService/cart');
});
