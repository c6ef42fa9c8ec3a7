/** What Go's decoder is given to fill. `T` is what comes out; a member that was left out or emptied is undefined. */
export interface Shape<out T> {
  readonly type: ShapeType;
  /** As Go names the type in its errors. */
  readonly name: string;
  /** Null empties it, as it does with Go's pointers; otherwise null leaves what was there. */
  readonly isPointer?: boolean;
  /** Of a list or map. */
  readonly of?: Shape<unknown>;
  /** Of a struct, under the names of the wire. */
  readonly members?: ReadonlyMap<string, Shape<unknown>>;
  /** Those names by what they are without regard to case. */
  readonly folded?: ReadonlyMap<string, string>;
  /** Of an integer. */
  readonly bits?: number;
  /** Whether it is raw text somewhere within. */
  readonly hasRaw?: boolean;
  readonly sample?: T;
}

type ShapeType = 'string' | 'bool' | 'int' | 'any' | 'raw' | 'list' | 'map' | 'struct';
type Members = Readonly<Record<string, Shape<unknown>>>;
export type Decoded<S> = S extends Shape<infer T> ? T : never;
type Struct<M extends Members> = { readonly [K in keyof M]?: Decoded<M[K]> };

export const text: Shape<string> = { type: 'string', name: 'string' };
export const bool: Shape<boolean> = { type: 'bool', name: 'bool' };
export const int: Shape<number> = { type: 'int', name: 'int', bits: 64 };
export const int32: Shape<number> = { type: 'int', name: 'int32', bits: 32 };
/** Any value. A number that no float64 can hold is an error, or `Infinity`, which `goJson` refuses. */
export const any: Shape<unknown> = { type: 'any', name: 'interface {}' };
/** The JSON text itself, whatever numbers it holds. */
export const raw: Shape<string> = { type: 'raw', name: 'json.RawMessage', hasRaw: true };

export function pointer<T>(shape: Shape<T>): Shape<T> {
  return { ...shape, isPointer: true };
}

export function listOf<T>(of: Shape<T>): Shape<readonly T[]> {
  return { type: 'list', name: `[]${of.name}`, of, hasRaw: of.hasRaw };
}

export function mapOf<T>(of: Shape<T>): Shape<Readonly<Record<string, T>>> {
  return { type: 'map', name: `map[string]${of.name}`, of, hasRaw: of.hasRaw };
}

export const stringMap: Shape<Readonly<Record<string, string>>> = mapOf(text);

/** `name` is the Go type, such as `state.SetRequest`. */
export function struct<const M extends Members>(name: string, members: M): Shape<Struct<M>> {
  const hasRaw = Object.values(members).some((member) => member.hasRaw);
  const folded = new Map(
    Object.keys(members)
      .toReversed()
      .map((member) => [foldName(member), member]),
  );
  return { type: 'struct', name, members: new Map(Object.entries(members)), folded, hasRaw };
}

/** What a member is called on the wire: by its exact name, or else in any case. */
export function memberNamed({ members, folded }: Shape<unknown>, given: string): string | undefined {
  return members?.has(given) === true ? given : folded?.get(foldName(given));
}

/** Upper and lower case are one, and so are the two letters that Unicode folds into ASCII. */
function foldName(name: string): string {
  return name.replaceAll('\u017f', 's').toLowerCase();
}
