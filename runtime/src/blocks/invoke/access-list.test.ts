import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessRules, CallerRules } from '#core/access-rules.ts';
import { accessList } from './access-list.ts';

const cart = { appId: 'cart', namespace: 'shop', trustDomain: 'public' };
const rules: AccessRules = {
  defaultAction: 'deny',
  trustDomain: 'public',
  callers: [
    {
      ...cart,
      defaultAction: 'allow',
      operations: [
        { name: '/Admin', verbs: ['*'], action: 'deny' },
        { name: '/orders', verbs: ['GET'], action: 'deny' },
        { name: '/items/*', verbs: ['*'], action: 'deny' },
        { name: '/deep/**', verbs: ['*'], action: 'deny' },
        { name: '/pre*/end', verbs: ['*'], action: 'deny' },
      ],
    },
  ],
};

function may(
  path: string,
  more: { verb?: string; caller?: typeof cart; rules?: AccessRules; isHttp?: boolean } = {},
): boolean {
  const { verb = 'POST', caller = cart, isHttp = true } = more;
  try {
    accessList(more.rules ?? rules, { isHttp })({ caller, path, verb });
    return true;
  } catch (cause) {
    assert.match(String(cause), /access control policy has denied access to id: spiffe:\/\//);
    return false;
  }
}

test('access list: a caller without a certificate has the global default, whatever the rules for apps', () => {
  const anonymous = (defaultAction: AccessRules['defaultAction']) => () =>
    accessList({ ...rules, defaultAction }, { isHttp: true })({ path: '/free', verb: 'GET' });
  assert.throws(anonymous('deny'), { kind: { code: 'ERR_ACCESS_DENIED', http: 403, grpc: 'PermissionDenied' } });
  assert.throws(anonymous('deny'), /denied access to id: {2}operation: free verb: GET/);
  anonymous('allow')();
});

test('access list: an app of another name, namespace or trust domain has the global default', () => {
  assert.equal(may('/free'), true);
  for (const other of [{ appId: 'other' }, { namespace: 'x' }, { trustDomain: 'y' }])
    assert.equal(may('/free', { caller: { ...cart, ...other } }), false);
});

test('access list: a rule covers its operation and everything below it, case-insensitively', () => {
  assert.deepEqual(
    ['/admin', '/ADMIN/users', '/administrators', '/free'].map((path) => may(path)),
    [false, false, true, true],
  );
});

test('access list: verbs that a rule does not name have the default of the app', () => {
  assert.equal(may('/orders', { verb: 'GET' }), false);
  assert.equal(may('/orders', { verb: 'POST' }), true);
});

test('access list: one star is one segment, two are any number, and a star in a name is any text', () => {
  assert.deepEqual(
    ['/items/1', '/items', '/items/1/2', '/deep/1/2', '/prefix/end', '/pre/other'].map((path) => may(path)),
    [false, false, true, false, false, true],
  );
});

test('access list: gRPC methods are compared exactly, without verbs', () => {
  const operations: CallerRules['operations'] = [{ name: '/shop.Orders/Cancel', verbs: [], action: 'deny' }];
  const grpc = { ...rules, callers: [{ ...cart, defaultAction: 'allow' as const, operations }] };
  assert.equal(may('/shop.Orders/Cancel', { rules: grpc, isHttp: false }), false);
  assert.equal(may('/shop.orders/cancel', { rules: grpc, isHttp: false }), true);
});

test("access list: each decision is reported with its source, the caller's policy or the default", () => {
  const decisions: string[] = [];
  const list = accessList(rules, {
    isHttp: true,
    onDecision: ({ isAllowed, decidedBy, caller }) => decisions.push(`${decidedBy} ${isAllowed} ${caller?.appId}`),
  });
  list({ caller: cart, path: '/free', verb: 'GET' });
  assert.throws(() => list({ caller: cart, path: '/admin', verb: 'GET' }));
  assert.throws(() => list({ path: '/free', verb: 'GET' }));
  assert.deepEqual(decisions, ['app true cart', 'app false cart', 'global false undefined']);
});
