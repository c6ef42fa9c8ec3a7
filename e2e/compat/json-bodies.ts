/** Bodies that are JSON, almost JSON, or JSON that decoders read differently; the same for the same seed. */
export class JsonBodies {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** Mulberry32: an integer from 0 to `limit`, exclusive. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  percent(percent: number): boolean {
    return this.below(100) < percent;
  }

  /** The body of a save: an array of items, the first of which is stored under `key`. */
  stateItems(key: string): Buffer {
    const items = [this.#item(key)];
    if (this.percent(20)) items.push(this.#item(`${key}b`));
    if (this.percent(3)) items.push(this.value());
    return this.#spoiled(this.percent(3) ? this.#item(key) : this.#list(items));
  }

  transaction(key: string): Buffer {
    const operations = [this.#operation(key)];
    if (this.percent(25)) operations.push(this.#operation(`${key}b`));
    const members: [string, string][] = [['operations', this.#list(operations)]];
    if (this.percent(20)) members.push(['metadata', this.#metadata()]);
    return this.#spoiled(this.#object(members));
  }

  bulkGet(key: string): Buffer {
    const keys = this.#list([JSON.stringify(key), this.percent(80) ? '"other"' : this.value()]);
    const members: [string, string][] = [['keys', keys]];
    if (this.percent(40))
      members.push(['parallelism', this.pick(['1', '5', '0', '1.0', '1e1', '"2"', '9223372036854775808'])]);
    if (this.percent(20)) members.push(['metadata', this.#metadata()]);
    return this.#spoiled(this.#object(members));
  }

  bulkEvents(id: string): Buffer {
    const entry = (entryId: string): string => {
      const type = this.pick([
        'application/json',
        'application/json',
        'text/plain',
        'application/octet-stream',
        'a/b',
        'application/cloudevents+json',
      ]);
      const members: [string, string][] = [
        ['entryId', this.percent(95) ? JSON.stringify(entryId) : this.value()],
        ['event', type === 'text/plain' && this.percent(80) ? '"plain <text>"' : this.value()],
        ['contentType', this.percent(95) ? JSON.stringify(type) : this.value()],
      ];
      if (this.percent(20)) members.push(['metadata', this.#metadata()]);
      return this.#object(members);
    };
    return this.#spoiled(this.#list(this.percent(70) ? [entry(id)] : [entry(id), entry(`${id}b`)]));
  }

  /** Data of one event, and the content type that it is published with. */
  event(): { readonly data: Buffer; readonly type: string } {
    const type = this.pick([
      'application/json',
      'application/json; charset=utf-8',
      'text/plain',
      'application/problem+json',
      'application/xml',
      'application/octet-stream',
    ]);
    return { data: this.#spoiled(this.value()), type };
  }

  subscriptions(): Buffer {
    const rule = (): string =>
      this.#object([
        ['match', '"event.type == \'x\'"'],
        ['path', '"/event"'],
      ]);
    const entry = (topic: string): string => {
      const members: [string, string][] = [
        ['pubsubname', '"pubsub"'],
        ['topic', JSON.stringify(topic)],
        this.percent(60)
          ? ['route', '"/event"']
          : [
              'routes',
              this.#object([
                ['default', '"/event"'],
                ['rules', this.#list([rule()])],
              ]),
            ],
      ];
      if (this.percent(30)) members.push(['metadata', '{"a":"b"}']);
      if (this.percent(30)) members.push(['deadLetterTopic', '"dead"']);
      if (this.percent(30))
        members.push([
          'bulkSubscribe',
          this.#object([
            ['enabled', 'true'],
            ['maxMessagesCount', this.pick(['5', '2147483647', '2147483648', '5.0'])],
          ]),
        ]);
      return this.#object(members);
    };
    const topics = this.percent(70) ? ['a'] : ['a', 'b'];
    return this.#spoiled(this.#list(topics.map(entry)));
  }

  value(depth = 0): string {
    const kind = this.below(depth > 3 ? 5 : 8);
    if (kind < 2) return this.pick(numbers);
    if (kind < 4) return this.pick(strings);
    if (kind === 4) return this.pick(['true', 'false', 'null']);
    const items = Array.from({ length: this.below(4) }, () => this.value(depth + 1));
    if (kind === 5) return this.#list(items);
    return `{${items.map((item) => `${this.pick(names)}:${item}`).join(',')}}`;
  }

  #item(key: string): string {
    const members: [string, string][] = [
      ['key', this.percent(96) ? JSON.stringify(key) : this.value()],
      ['value', this.value()],
    ];
    if (this.percent(15)) members.push(['metadata', this.#metadata()]);
    if (this.percent(15)) members.push(['etag', this.pick(['"1"', 'null', '""', '5'])]);
    if (this.percent(15)) {
      const mode = this.pick(['"first-write"', '"last-write"', 'null', '"nothing"', '1']);
      members.push([
        'options',
        this.#object([
          ['concurrency', mode],
          ['consistency', '"strong"'],
        ]),
      ]);
    }
    return this.#object(members);
  }

  #operation(key: string): string {
    const operation = this.pick(['"upsert"', '"upsert"', '"upsert"', '"delete"', '"other"', 'null']);
    return this.#object([
      ['operation', operation],
      ['request', this.percent(95) ? this.#item(key) : this.value()],
    ]);
  }

  #metadata(): string {
    return this.pick([
      '{}',
      'null',
      '{"a":"b"}',
      '{"a":null}',
      '{"a":1}',
      '{"ttlInSeconds":"100"}',
      '[]',
      '{"a":"b","a":"c"}',
    ]);
  }

  /** Members in any order, some under names of another case, twice, or with null. */
  #object(members: readonly (readonly [string, string])[]): string {
    const written: string[] = [];
    for (const [name, value] of members) {
      if (this.percent(4))
        written.push(`${JSON.stringify(this.#otherCase(name))}:${this.percent(50) ? 'null' : this.value()}`);
      const writtenName = this.percent(12) ? this.#otherCase(name) : name;
      written.push(`${this.#space()}${JSON.stringify(writtenName)}${this.#space()}:${this.#space()}${value}`);
      if (this.percent(4)) written.push(`${JSON.stringify(name)}:${this.percent(50) ? 'null' : value}`);
    }
    if (this.percent(10)) written.push(`${this.pick(names)}:${this.value()}`);
    if (this.percent(15)) written.reverse();
    return `{${written.join(',')}}`;
  }

  #list(items: readonly string[]): string {
    return `[${items.join(`${this.#space()},${this.#space()}`)}]`;
  }

  #otherCase(name: string): string {
    return this.pick([
      name.toUpperCase(),
      name.toLowerCase(),
      `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      name.replace('k', '\u212a').replace('s', '\u017f'),
      `${name} `,
    ]);
  }

  #space(): string {
    return this.percent(90) ? '' : this.pick([' ', '\n', '\t', '\r\n', '\f', '\u00a0']);
  }

  #spoiled(text: string): Buffer {
    const bytes = Buffer.from(text.replaceAll('\u{fffff}', '\ufffd'));
    if (this.percent(88)) return bytes;
    const at = this.below(bytes.length + 1);
    const [before, after] = [bytes.subarray(0, at), bytes.subarray(at)];
    return this.pick([
      () => before,
      () => Buffer.concat([bytes, Buffer.from(' trailing')]),
      () => Buffer.concat([bytes, Buffer.from('{}')]),
      () => Buffer.concat([before, Buffer.from([0xff, 0xe2, 0x82]), after]),
      () => Buffer.concat([before, Buffer.from([0]), after]),
      () => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
      () => Buffer.concat([before, after.subarray(1)]),
      () => Buffer.from('null'),
      () => Buffer.alloc(0),
      () => Buffer.from(text.replace(/"value":[^,}]*/, `"value":${'['.repeat(this.pick([600, 1200, 9990, 10_001]))}`)),
    ])();
  }
}

const numbers = [
  '0',
  '-0',
  '1',
  '1.50',
  '1e2',
  '1E+2',
  '-1e-7',
  '1e21',
  '1e400',
  '-1e999',
  '1e-400',
  '5e-324',
  '12345678901234567890',
  '9007199254740993',
  '0.1234567890123456789',
  '1.7976931348623157e308',
  '01',
  '1.',
  '.5',
  '+1',
  '1e',
  'NaN',
  '0x1',
];
const strings = [
  '""',
  '"a"',
  '"<b>&"',
  '"\\u003c"',
  '"\\ud83d\\ude00"',
  '"\\ud800"',
  '"\\udc00x\\ud800"',
  '"ü€😀"',
  '"\\u2028"',
  '"a\\/b"',
  '"\\x"',
  '"\\u12"',
  '"tab\tin"',
  '"\\u0000"',
  '"null"',
  "'a'",
];
const names = [
  '"a"',
  '"b"',
  '"a"',
  '"10"',
  '"9"',
  '"__proto__"',
  '"ü"',
  '"\\u0061"',
  '"<"',
  '"\\ud800"',
  '""',
  '"Key"',
  '"metadata"',
];
