import { EventCode } from "./code.ts";
import { genericParam } from "./generic.ts";
import type { Param } from "./schema.ts";
import { parseParam } from "./types/parse.ts";
import { eventTypes } from "./types.ts";

/**
 * Parameters of events that open files: the path that the kernel resolved, and whether the program could have changed
 * the passed path after the kernel read it, because other threads or processes share the memory.
 */
const OPENED = "realpath FSPATH, rewritable UINT8";

/**
 * Eyas-specific parameters by event type. The sensor adds them after the parameters of the capture format. Other
 * readers skip them, and captures from other recorders lack them. See `generic.ts` for generic events.
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

/** Returns the Eyas-specific parameters of an event type. */
export function ownParams(code: number): readonly Param[] {
  return ofType.get(code) ?? [];
}

/**
 * Returns parameter `i` of an event type, including Eyas-specific parameters; undefined if there is none. `call` is the
 * call ID of a generic event.
 */
export function anyParam(code: number, i: number, call: number): Param | undefined {
  const { params } = eventTypes[code]!;
  if (i < params.length) return params[i];
  return code === EventCode.GENERIC_X ? genericParam(call, i) : ofType.get(code)?.[i - params.length];
}

/** Returns the index of an Eyas-specific parameter, by its name, in events of an event type. */
export function ownParamIndex(code: number, name: string): number {
  return eventTypes[code]!.params.length + ownParams(code).findIndex((param) => param.name === name);
}
