/** The type that Go's decoder fills. `T` is the result; a missing or cleared member is undefined. */
export interface Shape<out T> {
  readonly type: ShapeType;
  /** Go's name of the type in its errors. */
  readonly name: string;
  /** Null clears it, as it does Go's pointers; otherwise null leaves the previous value. */
  readonly isPointer?: boolean;
  /** Of a list or map. */
  readonly of?: Shape<unknown>;
  /** The members of a struct, by their wire names. */
  readonly members?: ReadonlyMap<string, Shape<unknown>>;
  /** The wire names by their case-folded form. */
  readonly folded?: ReadonlyMap<string, string>;
  /** The size of an integer. */
  readonly bits?: number;
  /** Whether it contains raw text at any level. */
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
/** Any value. A number that no float64 can hold is an error, or `Infinity`, which `goJson` rejects. */
export const any: Shape<unknown> = { type: 'any', name: 'interface {}' };
/** The JSON text itself, with numbers of any size. */
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

/** The wire name of a member: the exact name, or else a match in any case. */
export function memberNamed({ members, folded }: Shape<unknown>, key: string): string | undefined {
  return members?.has(key) === true ? key : folded?.get(foldName(key));
}

/** Ignores case, including the two characters that Unicode folds into ASCII. */
function foldName(name: string): string {
  return name.replaceAll('\u017f', 's').toLowerCase();
}
