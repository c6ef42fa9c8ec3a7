import { LineCounter, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml';
import type { Document, Node, Pair } from 'yaml';
import { resourceInvalid } from '../errors.ts';
import { indentQuotedLines } from './quoted-lines.ts';

/** A value in a YAML file. Reports file and line when it is invalid. */
export interface YamlValue {
  /** `file:line` */
  readonly location: string;
  /**
   * The member of a mapping, in any case if the exact name is absent; undefined when absent or null. Throws when this
   * is not a mapping.
   */
  at(name: string): YamlValue | undefined;
  /** The members of a mapping in order. */
  entries(): readonly (readonly [string, YamlValue])[];
  /** The items of a list; a missing list is the caller's `?? []`. */
  items(): readonly YamlValue[];
  /** Any scalar as text. */
  text(): string;
  isOn(): boolean;
  integer(): number;
  /** The value as plain data; mappings and lists included. */
  plain(): unknown;
}

/** Every document of a YAML (or JSON) file that is not empty. Throws `resourceInvalid` with file and line. */
export function readYaml(file: string, text: string): readonly YamlValue[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(indentQuotedLines(text), {
    lineCounter: lines,
    prettyErrors: true,
    uniqueKeys: false,
  });
  const documents: readonly Document[] = Array.isArray(parsed) ? (parsed as readonly Document[]) : [];
  return documents.flatMap((document) => {
    const [problem] = document.errors;
    if (problem) {
      const reason = problem.message.split(' at line ')[0] ?? problem.message;
      throw resourceInvalid(`${file}:${problem.linePos?.[0].line ?? 1}`, `not valid YAML: ${reason}`);
    }
    return isEmpty(document.contents) ? [] : [value(document.contents as Node, document, { file, lines, line: 1 })];
  });
}

/** Empty or null. */
function isEmpty(contents: unknown): boolean {
  return contents === null || (isScalar(contents) && contents.value === null);
}

interface SourcePosition {
  readonly file: string;
  readonly lines: LineCounter;
  readonly line: number;
}

function value(raw: Node, document: Document, position: SourcePosition): YamlValue {
  const node = ('source' in raw && 'resolve' in raw ? raw.resolve(document) : raw) ?? raw;
  const line = raw.range ? position.lines.linePos(raw.range[0]).line : position.line;
  const location = `${position.file}:${line}`;
  const reject = (what: string): never => {
    throw resourceInvalid(location, `expected ${what}`);
  };
  const child = (next: unknown): YamlValue => value(next as Node, document, { ...position, line });
  const pairs = (): readonly Pair[] => (isMap(node) ? (node.items as Pair[]) : reject('a mapping'));
  const text = (): string => {
    if (!isScalar(node)) return reject('a single value');
    return typeof node.value === 'string' ? node.value : String(node.value);
  };
  return {
    location,
    at(name) {
      // Dapr's reader ignores case: baseURL is baseUrl
      const all = pairs();
      // of duplicates the later wins, as there
      const pair = all.findLast((one) => nameOf(one) === name) ?? all.findLast((one) => sameName(nameOf(one), name));
      return pair && !isEmpty(pair.value) ? child(pair.value) : undefined;
    },
    entries: () => pairs().flatMap((pair) => (isEmpty(pair.value) ? [] : [[String(pair.key), child(pair.value)]])),
    items: () => (isSeq(node) ? node.items.map(child) : reject('a list')),
    text,
    isOn: () => ['true', '1', 'yes', 'on'].includes(text().toLowerCase()),
    integer() {
      const number = Number(text());
      return Number.isInteger(number) ? number : reject('an integer');
    },
    plain: () => node.toJS(document) as unknown,
  };
}

function nameOf({ key }: Pair): string {
  return isScalar(key) && typeof key.value === 'string' ? key.value : '';
}

function sameName(one: string, other: string): boolean {
  return one.length === other.length && one.toLowerCase() === other.toLowerCase();
}
