import type { MapShape } from "../bpf.ts";
import type { Relocation } from "./relocate.ts";

/** Layout of a packed object of the portable probe; see scripts/pack-portable.ts. */
export interface PackedObject {
  readonly maps: readonly PackedMap[];
  readonly programs: readonly PackedProgram[];
  /** Types of the functions (BTF). */
  readonly types: Range;
  readonly relocations: readonly Relocation[];
}

/** Start and size in bytes. */
export type Range = readonly [start: number, size: number];

export interface PackedMap extends Omit<MapShape, "innerMap"> {
  /** The maps that a map of maps contains. */
  readonly inner?: { readonly type: number; readonly entries: number };
  /** Value of the first element; zeros by default. */
  readonly initial?: Range;
  /** Whether the map belongs to another object. */
  readonly shared?: true;
}

export interface PackedProgram {
  readonly name: string;
  readonly tracepoint: string;
  readonly instructions: Range;
  /** First instruction of each function, and its type. */
  readonly functions: readonly (readonly [at: number, type: number])[];
  /** Instructions that load the address of a map, or with an offset, that of its first value. */
  readonly maps: readonly MapUse[];
  /** Instructions with a value of the running kernel, and the index of the relocation. */
  readonly relocations: readonly (readonly [at: number, relocation: number])[];
}

export type MapUse = readonly [at: number, map: number] | readonly [at: number, map: number, offset: number];
