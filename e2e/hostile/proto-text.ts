import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../../infra/launcher/folders.ts';

export interface ProtoField {
  readonly name: string;
  readonly number: number;
  /** `string`, `int32`, or the last part of a message's or enum's name. */
  readonly type: string;
  readonly isRepeated: boolean;
  /** Key and value, for a map. */
  readonly map?: readonly [key: string, value: string];
}

export interface ProtoRpc {
  readonly name: string;
  readonly input: string;
  readonly isStream: boolean;
}

export interface Protocol {
  /** By the last part of their names. */
  readonly messages: ReadonlyMap<string, readonly ProtoField[]>;
  readonly rpcs: readonly ProtoRpc[];
}

/** Parses the proto files. Supports the part of the grammar that these files use. */
export function readProtocol(): Protocol {
  const messages = new Map<string, ProtoField[]>();
  const rpcs: ProtoRpc[] = [];
  const folder = join(root, 'runtime/proto');
  for (const file of globSync('**/*.proto', { cwd: folder })) {
    const open: (ProtoField[] | undefined)[] = [];
    const text = readFileSync(join(folder, file), 'utf8').replaceAll(/\/\/.*$/gm, '');
    for (const line of text.split('\n')) {
      const message = /^\s*message (\w+) \{/.exec(line);
      if (message) messages.set(message[1] ?? '', []);
      if (line.includes('{')) open.push(message ? messages.get(message[1] ?? '') : undefined);
      // The fields of a oneof are fields of the message around it.
      const field = fieldIn(line);
      if (field) open.findLast((fields) => fields !== undefined)?.push(field);
      const rpc = /^\s*rpc (\w+)\((stream )?([\w.]+)\) returns \((stream )?/.exec(line);
      if (rpc && file.endsWith('v1/dapr.proto'))
        rpcs.push({
          name: rpc[1] ?? '',
          input: lastPart(rpc[3] ?? ''),
          isStream: rpc[2] !== undefined || rpc[4] !== undefined,
        });
      for (const _brace of line.matchAll(/\}/g)) open.pop();
    }
  }
  return { messages, rpcs };
}

function fieldIn(line: string): ProtoField | undefined {
  const map = /^\s*map<(\w+), ([\w.]+)> (\w+) = (\d+)/.exec(line);
  if (map) {
    const [, key = '', value = '', name = '', number] = map;
    return { name, number: Number(number), type: 'map', isRepeated: true, map: [key, lastPart(value)] };
  }
  const field = /^\s*(optional |repeated )?([\w.]+) (\w+) = (\d+)(?: \[.*\])?;/.exec(line);
  if (!field) return undefined;
  const [, label, type = '', name = '', number] = field;
  return { name, number: Number(number), type: lastPart(type), isRepeated: label === 'repeated ' };
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1);
}
