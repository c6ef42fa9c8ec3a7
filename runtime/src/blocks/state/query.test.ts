import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseQuery } from './query.ts';

test('state query: parsed with its filters, order and page', () => {
  const query = {
    filter: { AND: [{ EQ: { 'person.org': 'A' } }, { OR: [{ IN: { state: ['CA', 'WA'] } }, { GT: { n: 1 } }] }] },
    sort: [{ key: 'state', order: 'desc' }, { key: 'n' }],
    page: { limit: 3, token: '6' },
  };
  assert.deepEqual(parseQuery(JSON.stringify(query)), {
    filter: {
      operator: 'AND',
      filters: [
        { operator: 'EQ', key: 'person.org', value: 'A' },
        {
          operator: 'OR',
          filters: [
            { operator: 'IN', key: 'state', values: ['CA', 'WA'] },
            { operator: 'GT', key: 'n', value: 1 },
          ],
        },
      ],
    },
    sort: [
      { key: 'state', order: 'DESC' },
      { key: 'n', order: 'ASC' },
    ],
    limit: 3,
    token: '6',
  });
});

test('state query: an empty query selects everything', () => {
  const everything = { filter: undefined, sort: [], limit: undefined, token: undefined };
  for (const text of ['{}', '{"filter":{},"page":{"limit":0,"token":""}}', '{"filter":null,"sort":null}'])
    assert.deepEqual(parseQuery(text), everything);
});

test('state query: an invalid query is rejected with the reason', () => {
  const invalidQueries: readonly [string, RegExp][] = [
    ['', /failed to parse JSON query body/],
    ['xx', /failed to parse JSON query body/],
    ['[]', /cannot unmarshal array into Go value of type query.QueryFields/],
    ['{"filter":{"EQ":{"a":1e400}}}', /float64/],
    ['{"filter":{"XX":{"n":1}}}', /unsupported filter "XX"/],
    ['{"filter":{"EQ":{"a":1,"b":2}}}', /EQ filter must contain a single key\/value pair/],
    ['{"filter":{"EQ":{"a":1},"NEQ":{"a":1}}}', /single operator/],
    ['{"filter":{"AND":[{"EQ":{"a":1}}]}}', /AND filter must contain at least two entries/],
    ['{"filter":{"IN":{"a":[]}}}', /empty IN operator for key "a"/],
    ['{"filter":{"IN":{"a":1}}}', /must be a list/],
    ['{"sort":[{"key":"n","order":"bad"}]}', /must be ASC or DESC/],
    ['{"sort":[{}]}', /needs a key/],
    ['{"page":{"limit":-1}}', /page.limit/],
    ['{"page":{"limit":"3"}}', /page.limit/],
    ['{"page":{"limit":1.5}}', /page.limit/],
    ['{"page":{"token":3}}', /page.token/],
    [`{"filter":${'{"AND":['.repeat(200)}`, /JSON/],
    [`{"filter":${'{"AND":[{"EQ":{"a":1}},'.repeat(200)}{"EQ":{"a":1}}${']}'.repeat(200)}}`, /nested deeper/],
  ];
  for (const [text, why] of invalidQueries) assert.throws(() => parseQuery(text), why, text);
});
