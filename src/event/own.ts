import { EventCode } from "./code.ts";
import { genericParam } from "./generic.ts";
import type { Param } from "./schema.ts";
import { parseParam } from "./types/parse.ts";
import { eventTypes } from "./types.ts";

/**
 * The path that the kernel resolved, and whether the program's memory with the passed path may have changed since the
 * kernel read it, because other threads or processes share that memory.
 */
const OPENED = "realpath FSPATH, rewritable UINT8";

/**
 * Own parameters, which the sensor adds after the parameters of the capture format, by event type. `generic.ts` has
 * those of generic events. Readers that know only the format skip them, and captures of other recorders lack them.
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

/**
 * Parameter `i` of an event, from the format or own; undefined if there is none. `call` is the call ID of a generic
 * event.
 */
export function anyParam(code: number, i: number, call: number): Param | undefined {
  const { params } = eventTypes[code]!;
  if (i < params.length) return params[i];
  return code === EventCode.GENERIC_X ? genericParam(call, i) : ofType.get(code)?.[i - params.length];
}

/** Index of an own parameter in events of an event type. */
export function ownPlace(code: number, name: string): number {
  return eventTypes[code]!.params.length + ownParams(code).findIndex((param) => param.name === name);
}
