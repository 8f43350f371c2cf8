import { EventCode } from "./code.ts";
import { genericParam } from "./generic.ts";
import type { Param } from "./schema.ts";
import { parseParam } from "./types/parse.ts";
import { eventTypes } from "./types.ts";

/**
 * The path that the kernel resolved, and whether the path in the memory of the program may have been rewritten since the
 * kernel read it: other threads or processes share that memory.
 */
const OPENED = "realpath FSPATH, rewritable UINT8";

/**
 * Own parameters that the sensor adds after those of the format, by event type; `generic.ts` has those of generic events.
 * Readers that know only the format skip them, and captures of other recorders lack them.
 */
const rows: readonly (readonly [code: number, params: string])[] = [
  [EventCode.EXECVE_19_X, "interpreter FSPATH, script FSPATH, origin FLAGS32 code_origins, realpath FSPATH"],
  [EventCode.OPEN_X, OPENED],
  [EventCode.OPENAT_2_X, OPENED],
  [EventCode.OPENAT2_X, OPENED],
  [EventCode.CREAT_X, OPENED],
  [EventCode.OPEN_BY_HANDLE_AT_X, OPENED],
  [EventCode.MMAP_X, "origin FLAGS32 code_origins, path FSPATH"],
  [EventCode.MPROTECT_X, "origin FLAGS32 code_origins, path FSPATH"],
];

const ofType: ReadonlyMap<number, readonly Param[]> = new Map(
  rows.map(([code, params]) => [code, params.split(", ").map(parseParam)]),
);

/** Own parameters of an event type. */
export function ownParams(code: number): readonly Param[] {
  return ofType.get(code) ?? [];
}

/** Parameter `i` of an event, of the format or own; `call` is the id of a generic event. Undefined if there is none. */
export function anyParam(code: number, i: number, call: number): Param | undefined {
  const { params } = eventTypes[code]!;
  if (i < params.length) return params[i];
  return code === EventCode.GENERIC_X ? genericParam(call, i) : ofType.get(code)?.[i - params.length];
}

/** Index of an own parameter in events of a type. */
export function ownPlace(code: number, name: string): number {
  return eventTypes[code]!.params.length + ownParams(code).findIndex((param) => param.name === name);
}
