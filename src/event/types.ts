import { EventCode } from "./code.ts";
import { EventFlag, type EventType, Origin } from "./schema.ts";
import { NATIVE_CALLS, nativeX64, syscallId, syscallName } from "./syscalls.ts";
import { fileTypes } from "./types/file.ts";
import { ioTypes } from "./types/io.ts";
import { metaTypes } from "./types/meta.ts";
import { netTypes } from "./types/net.ts";
import { otherTypes } from "./types/other.ts";
import { parseTypes } from "./types/parse.ts";
import { processTypes } from "./types/process.ts";
import { userTypes } from "./types/user.ts";

/** All event types, by code. */
export const eventTypes: readonly EventType[] = parseTypes([
  fileTypes,
  ioTypes,
  metaTypes,
  netTypes,
  otherTypes,
  processTypes,
  userTypes,
]);

/**
 * Codes of event types by name, as in `evt.type`: all versions of enter and exit events. Does not contain the names of
 * generic events.
 */
export const codesByName: ReadonlyMap<string, readonly number[]> = Map.groupBy(
  eventTypes.filter((type) => (type.flags & EventFlag.unused) === 0).map((type) => type.code),
  (code) => eventTypes[code]!.name,
);

/** Codes of asynchronous events by name, as in `evt.type`. */
export const asyncNames: ReadonlyMap<string, readonly number[]> = new Map(
  ["container", "container_removed"].map((name) => [name, [...(codesByName.get(name) ?? []), EventCode.ASYNCEVENT_E]]),
);

/** {@link EventType.flags} by code. */
export const eventFlags: Uint16Array = Uint16Array.from(eventTypes, (type) => type.flags);

/** {@link EventType.category} by code. */
export const eventCategory: Uint16Array = Uint16Array.from(eventTypes, (type) => type.category);

/** Number of parameters of an event type in the capture format, by code. */
export const paramCount: Uint8Array = Uint8Array.from(eventTypes, (type) => type.params.length);

/** Codes of the current event types of a system call or tracepoint, by ID. Calls have only exit events. */
export const codesOfSyscall: readonly (readonly number[])[] = collectCodes();

function collectCodes(): number[][] {
  const codes: number[][] = syscallName.map(() => []);
  for (const type of eventTypes) {
    if (type.flags & EventFlag.oldVersion) continue;
    if (type.enter && (type.category & Origin.tracepoint) === 0) continue;
    for (const id of type.syscalls) codes[id]!.push(type.code);
  }
  return codes;
}

/** IDs of the system calls that are required to track the state of the machine. */
export const stateSyscalls: readonly number[] = collectStateSyscalls();

function collectStateSyscalls(): number[] {
  const ids = new Set<number>([syscallId.get("setrlimit") ?? 0, syscallId.get("prlimit64") ?? 0]);
  for (const type of eventTypes) {
    if ((type.flags & EventFlag.modifiesState) === 0) continue;
    for (const id of type.syscalls) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}

/**
 * Returns the ID of the system call of a generic event (`GENERIC_E` or `GENERIC_X`), from its two parameters. Old
 * recorders wrote ID 0 and the native number for calls that their table lacked. `native` is the table of the recorder's
 * architecture.
 */
export function genericCall(id: number, nativeNumber: number, native: Uint16Array = nativeX64): number {
  return id === 0 && nativeNumber < NATIVE_CALLS ? native[nativeNumber]! : id;
}

/** Returns the name of a generic event, which is the name of its system call; `unknown` for unused IDs. */
export function genericName(id: number): string {
  return id < syscallName.length && syscallName[id] !== "" ? syscallName[id]! : "unknown";
}

/** Whether an event type is generic. All system calls without their own event type share the two generic types. */
export function isGeneric(code: number): boolean {
  return code === EventCode.GENERIC_E || code === EventCode.GENERIC_X;
}

/** Returns the codes of event types, indexed by native system call number. `native` is a table of `syscalls.ts`. */
export function exitCodes(native: Uint16Array): Uint16Array {
  const codes = new Uint16Array(NATIVE_CALLS);
  for (let number = 0; number < NATIVE_CALLS; number++) codes[number] = codesOfSyscall[native[number]!]?.[0] ?? 0;
  return codes;
}
