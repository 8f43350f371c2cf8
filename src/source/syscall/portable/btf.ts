import { SensorError } from "../sensor-error.ts";

/** Kinds of BTF types (include/uapi/linux/btf.h). */
export const Kind = {
  INT: 1,
  PTR: 2,
  ARRAY: 3,
  STRUCT: 4,
  UNION: 5,
  ENUM: 6,
  FWD: 7,
  TYPEDEF: 8,
  VOLATILE: 9,
  CONST: 10,
  RESTRICT: 11,
  FUNC: 12,
  FUNC_PROTO: 13,
  VAR: 14,
  DATASEC: 15,
  FLOAT: 16,
  DECL_TAG: 17,
  TYPE_TAG: 18,
  ENUM64: 19,
} as const;

const MAGIC = 0xeb9f;
const [HEADER_SIZE, TYPE_SIZE] = [24, 12];
/** Maximum size of BTF in bytes. That of a distribution's kernel has 3 to 10 MiB. */
export const MAX_BTF = 64 * 1024 * 1024;
/** Maximum length of a chain of typedefs and qualifiers. */
const MAX_CHAIN = 32;
/** Maximum number of elements of arrays of arrays. */
const MAX_ELEMENTS = 2 ** 32;
/** Maximum number of types with the same name. */
const MAX_NAMESAKES = 64;
/** Maximum number of members that a search for one visits. The largest structures of the kernel have a few hundred. */
const MAX_VISITED = 100_000;

/** Bytes that follow a type of each kind: a fixed number, and a number for each of its `count` elements. */
const TAIL: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  [Kind.INT]: [4, 0],
  [Kind.PTR]: [0, 0],
  [Kind.ARRAY]: [12, 0],
  [Kind.STRUCT]: [0, 12],
  [Kind.UNION]: [0, 12],
  [Kind.ENUM]: [0, 8],
  [Kind.FWD]: [0, 0],
  [Kind.TYPEDEF]: [0, 0],
  [Kind.VOLATILE]: [0, 0],
  [Kind.CONST]: [0, 0],
  [Kind.RESTRICT]: [0, 0],
  [Kind.FUNC]: [0, 0],
  [Kind.FUNC_PROTO]: [0, 8],
  [Kind.VAR]: [4, 0],
  [Kind.DATASEC]: [0, 12],
  [Kind.FLOAT]: [0, 0],
  [Kind.DECL_TAG]: [4, 0],
  [Kind.TYPE_TAG]: [0, 0],
  [Kind.ENUM64]: [0, 12],
};

const QUALIFIERS: ReadonlySet<number> = new Set([
  Kind.TYPEDEF,
  Kind.VOLATILE,
  Kind.CONST,
  Kind.RESTRICT,
  Kind.TYPE_TAG,
]);

/** A type without its elements. */
export interface Type {
  readonly id: number;
  readonly kind: number;
  /** Empty for anonymous types. */
  readonly name: string;
  /** Number of members, values or parameters; the linkage of a function. */
  readonly count: number;
  /** Whether the offsets of members contain the sizes of bit fields, or the values of an enumeration are signed. */
  readonly flag: boolean;
  /** Size in bytes, or the ID of the type that this type refers to, depending on the kind. */
  readonly size: number;
  /** Offset of the bytes that follow the type. */
  readonly tail: number;
}

export interface Member {
  /** Empty for anonymous structures and unions. */
  readonly name: string;
  readonly type: number;
  /** Offset in bits. */
  readonly offset: number;
  /** Size of a bit field in bits; 0 for other members. */
  readonly bits: number;
}

/** Type information of a kernel or a program (BTF). Type 0 is void. */
export class Btf {
  private readonly bytes: Buffer;
  /** Offsets of the types by ID. */
  private readonly offsets: number[] = [0];
  private readonly strings: Buffer;
  private readonly origin: string;
  /** IDs of structures, unions, enumerations and typedefs by name. */
  private named: Map<string, number[]> | undefined;

  /**
   * @param origin name of the file, for errors
   * @throws SensorError if the bytes are no complete BTF of this byte order
   */
  constructor(bytes: Uint8Array, origin: string) {
    this.origin = origin;
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < HEADER_SIZE || this.bytes.readUInt16LE(0) !== MAGIC)
      throw this.invalid("the file does not begin with a BTF header of this byte order");
    const header = this.bytes.readUInt32LE(4);
    const [typesAt, typesSize, stringsAt, stringsSize] = [8, 12, 16, 20].map((at) => this.bytes.readUInt32LE(at)) as [
      number,
      number,
      number,
      number,
    ];
    if (header < HEADER_SIZE || header + Math.max(typesAt + typesSize, stringsAt + stringsSize) > bytes.length)
      throw this.invalid("it is incomplete");
    this.strings = this.bytes.subarray(header + stringsAt, header + stringsAt + stringsSize);
    this.readOffsets(header + typesAt, header + typesAt + typesSize);
  }

  /** Number of types, with void. */
  get count(): number {
    return this.offsets.length;
  }

  /** Returns a type. @throws SensorError if there is none with this ID */
  type(id: number): Type {
    const at = this.offsets[id];
    if (at === undefined || id === 0) throw this.invalid(`it has no type ${id}`);
    const info = this.bytes.readUInt32LE(at + 4);
    return {
      id,
      kind: (info >>> 24) & 0x1f,
      name: this.string(this.bytes.readUInt32LE(at)),
      count: info & 0xffff,
      flag: info >>> 31 === 1,
      size: this.bytes.readUInt32LE(at + 8),
      tail: at + TYPE_SIZE,
    };
  }

  /** Returns the type that typedefs and qualifiers refer to; undefined for void. */
  resolve(id: number): Type | undefined {
    let next = id;
    for (let i = 0; i < MAX_CHAIN; i++) {
      if (next === 0) return undefined;
      const type = this.type(next);
      if (!QUALIFIERS.has(type.kind)) return type;
      next = type.size;
    }
    throw this.invalid(`the chain of type ${id} is too long`);
  }

  /** Returns a member of a structure or union. */
  member(type: Type, index: number): Member {
    const at = type.tail + index * 12;
    const offset = this.bytes.readUInt32LE(at + 8);
    return {
      name: this.string(this.bytes.readUInt32LE(at)),
      type: this.bytes.readUInt32LE(at + 4),
      offset: type.flag ? offset & 0xffffff : offset,
      bits: type.flag ? offset >>> 24 : 0,
    };
  }

  /** Finds a member by its name, also in anonymous structures and unions. */
  memberNamed(type: Type, name: string): Member | undefined {
    const open = [{ type, offset: 0 }];
    let visited = 0;
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (at.type.kind !== Kind.STRUCT && at.type.kind !== Kind.UNION) continue;
      for (let i = 0; i < at.type.count; i++) {
        if (++visited > MAX_VISITED) throw this.invalid(`${type.name} has too many members`);
        const member = this.member(at.type, i);
        if (member.name === name) return { ...member, offset: at.offset + member.offset };
        const inner = member.name === "" ? this.resolve(member.type) : undefined;
        if (inner !== undefined) open.push({ type: inner, offset: at.offset + member.offset });
      }
    }
    return undefined;
  }

  /** Returns the element type and number of elements of an array. */
  array(type: Type): { readonly element: number; readonly count: number } {
    return { element: this.bytes.readUInt32LE(type.tail), count: this.bytes.readUInt32LE(type.tail + 8) };
  }

  /** Returns the value of a constant of an enumeration; undefined if it has no such constant. */
  enumValue(type: Type, name: string): bigint | undefined {
    const size = type.kind === Kind.ENUM64 ? 12 : 8;
    for (let i = 0; i < type.count; i++) {
      const at = type.tail + i * size;
      if (this.string(this.bytes.readUInt32LE(at)) !== name) continue;
      if (type.kind === Kind.ENUM64) return this.bytes.readBigUInt64LE(at + 4);
      return BigInt(type.flag ? this.bytes.readInt32LE(at + 4) : this.bytes.readUInt32LE(at + 4));
    }
    return undefined;
  }

  /** Returns the name of a constant of an enumeration by its index. */
  enumName(type: Type, index: number): string {
    return this.string(this.bytes.readUInt32LE(type.tail + index * (type.kind === Kind.ENUM64 ? 12 : 8)));
  }

  /** Returns a parameter of a function type. */
  parameter(type: Type, index: number): { readonly name: string; readonly type: number } {
    const at = type.tail + index * 8;
    return { name: this.string(this.bytes.readUInt32LE(at)), type: this.bytes.readUInt32LE(at + 4) };
  }

  /** Returns the ID of a variable of a section. */
  sectionVariable(type: Type, index: number): number {
    return this.bytes.readUInt32LE(type.tail + index * 12);
  }

  /** Returns a word that follows a type. */
  word(type: Type, index: number): number {
    return this.bytes.readUInt32LE(type.tail + index * 4);
  }

  /** Returns a string by its offset. */
  text(at: number): string {
    return this.string(at);
  }

  /** Whether an integer type is signed. */
  isSigned(type: Type): boolean {
    return type.kind === Kind.INT ? ((this.bytes.readUInt32LE(type.tail) >>> 24) & 1) === 1 : type.flag;
  }

  /** Returns the size of a type in bytes. */
  sizeOf(id: number): number {
    let elements = 1;
    let next = id;
    for (let i = 0; i < MAX_CHAIN; i++) {
      const type = this.resolve(next);
      if (type === undefined) break;
      if (type.kind === Kind.PTR) return 8 * elements;
      if (type.kind !== Kind.ARRAY) return type.size * elements;
      const { element, count } = this.array(type);
      elements *= count;
      if (elements > MAX_ELEMENTS) throw this.invalid(`type ${id} is too large`);
      next = element;
    }
    throw this.invalid(`type ${id} has no size`);
  }

  /** Returns the structures, unions and enumerations with a name, also if it is that of a typedef. */
  typesNamed(name: string): Type[] {
    this.named ??= this.names();
    const ids = this.named.get(name) ?? [];
    if (ids.length > MAX_NAMESAKES) throw this.ambiguous(name);
    return ids.flatMap((id) => this.resolve(id) ?? []);
  }

  private names(): Map<string, number[]> {
    const NAMED: ReadonlySet<number> = new Set([Kind.STRUCT, Kind.UNION, Kind.ENUM, Kind.ENUM64, Kind.TYPEDEF]);
    const names = new Map<string, number[]>();
    for (let id = 1; id < this.offsets.length; id++) {
      const { kind, name } = this.type(id);
      if (name === "" || !NAMED.has(kind)) continue;
      const ids = names.get(name);
      if (ids === undefined) names.set(name, [id]);
      else ids.push(id);
    }
    return names;
  }

  private readOffsets(start: number, end: number): void {
    let at = start;
    while (at < end) {
      if (at + TYPE_SIZE > end) throw this.invalid("its last type is incomplete");
      const info = this.bytes.readUInt32LE(at + 4);
      const tail = TAIL[(info >>> 24) & 0x1f];
      if (tail === undefined)
        throw this.invalid(`type ${this.offsets.length} has the unknown kind ${(info >>> 24) & 0x1f}`);
      this.offsets.push(at);
      at += TYPE_SIZE + tail[0] + tail[1] * (info & 0xffff);
    }
    if (at > end) throw this.invalid("its last type is incomplete");
  }

  private string(at: number): string {
    const end = this.strings.indexOf(0, at);
    if (at >= this.strings.length || end < 0) throw this.invalid(`it has no string ${at}`);
    return this.strings.toString("latin1", at, end);
  }

  /** Error for different types with the same name. */
  ambiguous(name: string): SensorError {
    return this.invalid(`it has several different types ${name}`);
  }

  private invalid(reason: string): SensorError {
    return new SensorError(`The BTF type information in ${this.origin} cannot be used: ${reason}.`);
  }
}
