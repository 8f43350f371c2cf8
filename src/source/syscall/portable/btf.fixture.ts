import { Kind } from "./btf.ts";

/** A type to build: words after its name and kind, and the name and words of each element. */
export interface BuiltType {
  readonly name?: string;
  readonly kind: number;
  /** Number of elements if they are not in `elements`; for a function, its linkage. */
  readonly count?: number;
  readonly flag?: boolean;
  /** Size, or the type that it refers to. */
  readonly size: number;
  readonly words?: readonly number[];
  /** Members, values or parameters, by name. */
  readonly elements?: readonly (readonly [name: string, ...words: number[]])[];
}

export const int = (name: string, size: number, signed = false): BuiltType => ({
  name,
  kind: Kind.INT,
  size,
  words: [(signed ? 1 << 24 : 0) | (size * 8)],
});
export const pointer = (to: number): BuiltType => ({ kind: Kind.PTR, size: to });
export const alias = (name: string, of: number): BuiltType => ({ name, kind: Kind.TYPEDEF, size: of });
export const array = (element: number, count: number): BuiltType => ({
  kind: Kind.ARRAY,
  size: 0,
  words: [element, element, count],
});
/** @param elements members with their types and offsets in bits */
export const struct = (
  name: string,
  size: number,
  ...elements: readonly (readonly [name: string, type: number, offset: number])[]
): BuiltType => ({ name, kind: Kind.STRUCT, size, elements });
/** Like {@link struct}, with offsets that contain the sizes of bit fields. */
export const bitStruct = (
  name: string,
  size: number,
  ...elements: readonly (readonly [name: string, type: number, offset: number, bits: number])[]
): BuiltType => ({
  name,
  kind: Kind.STRUCT,
  flag: true,
  size,
  elements: elements.map(([member, type, offset, bits]) => [member, type, (bits << 24) | offset]),
});
export const enumeration = (name: string, ...elements: readonly (readonly [string, number])[]): BuiltType => ({
  name,
  kind: Kind.ENUM,
  size: 4,
  elements,
});

/** Builds a BTF; the first type has the ID 1. */
export function buildBtf(...types: readonly BuiltType[]): Buffer {
  let strings = "\0";
  const text = (value = ""): number => {
    if (value === "") return 0;
    strings += `${value}\0`;
    return strings.length - value.length - 1;
  };
  const body = types.flatMap(({ name, kind, count = 0, flag = false, size, words = [], elements = [] }) => [
    text(name),
    ((flag ? 1 << 31 : 0) | (kind << 24) | (count + elements.length)) >>> 0,
    size,
    ...words,
    ...elements.flatMap(([element, ...rest]) => [text(element), ...rest]),
  ]);
  const HEADER = [0x1eb9f, 24, 0, body.length * 4, body.length * 4, strings.length];
  return Buffer.concat([Buffer.from(new Uint32Array([...HEADER, ...body]).buffer), Buffer.from(strings, "latin1")]);
}
