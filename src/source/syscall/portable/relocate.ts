import { type Btf, Kind, type Type } from "./btf.ts";

/** Kinds of CO-RE relocations (enum bpf_core_relo_kind, include/uapi/linux/bpf.h). */
export const Relocate = {
  FIELD_BYTE_OFFSET: 0,
  FIELD_BYTE_SIZE: 1,
  FIELD_EXISTS: 2,
  FIELD_SIGNED: 3,
  FIELD_LSHIFT_U64: 4,
  FIELD_RSHIFT_U64: 5,
  TYPE_EXISTS: 8,
  TYPE_SIZE: 9,
  ENUMVAL_EXISTS: 10,
  ENUMVAL_VALUE: 11,
} as const;

/** A value that an instruction takes from the types of the running kernel. */
export interface Relocation {
  /** One of {@link Relocate}. */
  readonly kind: number;
  /** Name of the type, without the suffix of a variant. */
  readonly type: string;
  /** Kind of the type. */
  readonly of: number;
  /**
   * For a field: the way from the type to it, by names of members and indexes of arrays. The first index is that of the
   * type itself in an array.
   */
  readonly path?: readonly Step[];
  /** For a value of an enumeration: its name. */
  readonly value?: string;
  /** Size of the field in the probe, in bytes. */
  readonly size?: number;
}

/** A member and the shape of its type (see {@link shapeOf}), or an index. */
export type Step = number | readonly [member: string, shape: string];

/** A field of the kernel: offset from the type in bits, size of a bit field in bits or 0, and its type. */
interface Field {
  readonly offset: number;
  readonly bits: number;
  readonly type: number;
}

const MAX_DEPTH = 16;

/**
 * Returns the value of a relocation; undefined if the kernel does not have the field, or the value of the enumeration.
 * @throws SensorError if the BTF is invalid, or has different types with the same name to which the relocation applies
 */
export function relocationValue(btf: Btf, relocation: Relocation): bigint | undefined {
  const types = btf.typesNamed(relocation.type).filter(({ kind }) => sameKind(kind, relocation.of));
  switch (relocation.kind) {
    case Relocate.TYPE_EXISTS:
      return types.length > 0 ? 1n : 0n;
    case Relocate.TYPE_SIZE:
      return types[0] === undefined ? 0n : BigInt(types[0].size);
  }
  const isEnum = relocation.kind === Relocate.ENUMVAL_EXISTS || relocation.kind === Relocate.ENUMVAL_VALUE;
  const exists = relocation.kind === Relocate.FIELD_EXISTS || relocation.kind === Relocate.ENUMVAL_EXISTS;
  const values = new Set<bigint>();
  for (const type of types) {
    const value = isEnum ? btf.enumValue(type, relocation.value ?? "") : fieldValue(btf, type, relocation);
    if (value !== undefined) values.add(exists ? 1n : value);
  }
  if (values.size > 1) throw btf.ambiguous(relocation.type);
  const [value] = values;
  return value ?? (exists ? 0n : undefined);
}

function fieldValue(btf: Btf, type: Type, relocation: Relocation): bigint | undefined {
  const field = fieldAt(btf, type, relocation.path ?? []);
  if (field === undefined) return undefined;
  const range = rangeOf(btf, field);
  switch (relocation.kind) {
    case Relocate.FIELD_BYTE_OFFSET:
      return BigInt(range.offset);
    case Relocate.FIELD_BYTE_SIZE:
      return BigInt(range.size);
    case Relocate.FIELD_SIGNED: {
      const of = btf.resolve(field.type);
      return of !== undefined && btf.isSigned(of) ? 1n : 0n;
    }
    // Shifts that move a field, loaded into the lower bits of a register, to its upper end, and back.
    case Relocate.FIELD_LSHIFT_U64:
      return BigInt(64 - (field.offset + range.bits - range.offset * 8));
    case Relocate.FIELD_RSHIFT_U64:
      return BigInt(64 - range.bits);
    default:
      return 1n;
  }
}

/** Returns the aligned bytes that contain a field, and the size of the field in bits. */
function rangeOf(btf: Btf, { offset, bits, type }: Field): { offset: number; size: number; bits: number } {
  let size = btf.sizeOf(type);
  if (bits === 0) return { offset: Math.floor(offset / 8), size, bits: size * 8 };
  let start = Math.floor(offset / 8 / size) * size;
  while (offset + bits - start * 8 > size * 8 && size < 8) {
    size *= 2;
    start = Math.floor(offset / 8 / size) * size;
  }
  return { offset: start, size, bits };
}

/** Follows a path; undefined if the kernel has no such field, or one with another shape. */
function fieldAt(btf: Btf, from: Type, path: readonly Step[]): Field | undefined {
  const [first, ...steps] = path;
  let offset = Number(first ?? 0) * from.size * 8;
  let bits = 0;
  let type = from.id;
  for (const step of steps) {
    const at = btf.resolve(type);
    if (at === undefined) return undefined;
    if (typeof step === "number") {
      if (at.kind !== Kind.ARRAY) return undefined;
      const { element, count } = btf.array(at);
      // The last member of a structure may be an array without a size.
      if (count !== 0 && step >= count) return undefined;
      offset += step * btf.sizeOf(element) * 8;
      type = element;
      continue;
    }
    const member = btf.memberNamed(at, step[0]);
    if (member === undefined || shapeOf(btf, member.type) !== step[1]) return undefined;
    offset += member.offset;
    bits = member.bits;
    type = member.type;
  }
  return { offset, bits, type };
}

/**
 * Returns what has to be the same in the probe and in the kernel about the type of a member: number, enumeration,
 * pointer, structure, union or function, and whether it is an array of these.
 */
export function shapeOf(btf: Btf, id: number): string {
  let shape = "";
  let next = id;
  for (let i = 0; i < MAX_DEPTH; i++) {
    const type = btf.resolve(next);
    if (type === undefined) return `${shape}void`;
    if (type.kind !== Kind.ARRAY) return shape + (SHAPES[type.kind] ?? "other");
    shape += "array of ";
    next = btf.array(type).element;
  }
  return shape;
}

const SHAPES: Readonly<Record<number, string>> = {
  [Kind.INT]: "number",
  [Kind.ENUM]: "enum",
  [Kind.ENUM64]: "enum",
  [Kind.PTR]: "pointer",
  [Kind.STRUCT]: "struct",
  [Kind.UNION]: "union",
  [Kind.FWD]: "struct",
};

function sameKind(kind: number, wanted: number): boolean {
  const enums: readonly number[] = [Kind.ENUM, Kind.ENUM64];
  return kind === wanted || (enums.includes(kind) && enums.includes(wanted));
}

const [BPF_LD, BPF_ST, BPF_STX, BPF_LDX] = [0, 2, 3, 1];
const CALL = 0x85;
/** Number of a function that does not exist. The verifier rejects the call unless it is never reached. */
const NO_FUNCTION = 0xbad2310;

/**
 * Writes a value to an instruction: the offset of a load or store, otherwise the constant. Without a value, the
 * instruction becomes invalid.
 * @param at index of the instruction
 */
export function patch(program: DataView, at: number, value: bigint | undefined): void {
  const offset = at * 8;
  const kind = program.getUint8(offset) & 7;
  if (value === undefined) {
    invalidate(program, offset);
    if (kind === BPF_LD) invalidate(program, offset + 8);
  } else if (kind === BPF_LD) {
    program.setUint32(offset + 4, Number(value & 0xffffffffn), true);
    program.setUint32(offset + 12, Number((value >> 32n) & 0xffffffffn), true);
  } else if (kind === BPF_LDX || kind === BPF_ST || kind === BPF_STX) {
    program.setInt16(offset + 2, Number(value), true);
  } else {
    program.setInt32(offset + 4, Number(value), true);
  }
}

function invalidate(program: DataView, offset: number): void {
  program.setUint8(offset, CALL);
  program.setUint8(offset + 1, 0);
  program.setInt16(offset + 2, 0, true);
  program.setInt32(offset + 4, NO_FUNCTION, true);
}
