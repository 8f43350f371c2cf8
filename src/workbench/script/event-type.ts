import { EventCode } from "../../event/code.ts";
import { ownParams } from "../../event/own.ts";
import { EventFlag, type EventType, ParamKind } from "../../event/schema.ts";
import { syscallId } from "../../event/syscalls.ts";
import { codesByName, eventTypes, isGeneric } from "../../event/types.ts";
import type { Location } from "../../rule/location.ts";
import { itemAt } from "../item-at.ts";
import { type Reading, unknown } from "../reading.ts";

/** Keys that are valid for every event, in addition to its parameters. */
export const COMMON: readonly string[] = ["by", "as", "after", "result"];

/** Indexes of names that are not parameters. */
export const TO = -1;
export const FROM = -2;
export const PROTO = -3;

/**
 * Returns the current event type with this name, if possible the exit event; the generic type for a system call without
 * one.
 * @throws TestFault for an unknown name
 */
export function typeOf(name: string, place: Location): EventType {
  const types = (codesByName.get(name) ?? []).map((code) => itemAt(eventTypes, code));
  const current = types.filter(({ flags }) => (flags & EventFlag.oldVersion) === 0);
  const best = current.findLast(({ enter }) => !enter) ?? current.at(-1);
  if (best !== undefined) return best;
  if (syscallId.has(name)) return itemAt(eventTypes, EventCode.GENERIC_X);
  throw unknown(name, writableEvents, "event", place);
}

/** Names of events that tests can use: names of the current event types, and of system calls. */
export const writableEvents: readonly string[] = [
  ...eventTypes
    .filter(
      ({ flags, code, key }) =>
        key !== "" && !isGeneric(code) && (flags & (EventFlag.oldVersion | EventFlag.unused)) === 0,
    )
    .map(({ name }) => name),
  ...syscallId.keys(),
];

/** Maps keys of an event to parameter indexes. */
export function namesOf(type: EventType): Map<string, number> {
  const names = new Map(type.params.map(({ name }, i) => [name, i]));
  ownParams(type.code).forEach(({ name }, i) => {
    if (!names.has(name)) names.set(name, type.params.length + i);
  });
  if (isResult(type)) names.set("result", 0);
  const paths = type.params.flatMap(({ kind }, i) =>
    kind === ParamKind.FSPATH || kind === ParamKind.FSRELPATH ? [i] : [],
  );
  const [path] = paths;
  if (path !== undefined && paths.length === 1 && !names.has("path")) names.set("path", path);
  if (type.params.some(({ kind }) => kind === ParamKind.SOCKADDR || kind === ParamKind.SOCKTUPLE)) {
    for (const [key, at] of ENDS) if (!names.has(key)) names.set(key, at);
  }
  return names;
}

const ENDS = [
  ["to", TO],
  ["at", TO],
  ["from", FROM],
  ["proto", PROTO],
] as const;

/** Whether the first parameter is the return value. */
export function isResult({ params, flags }: EventType): boolean {
  const [first] = params;
  if (first === undefined) return false;
  return first.name === "res" || (first.name === "fd" && (flags & EventFlag.createsFd) !== 0);
}

/** Parameters that the shorthand form sets, in order of preference; never the return value. */
const MAIN = ["path", "to", "domain", "fd", "oldfd", "request", "pid", "linkpath", "name"];

/** Expands the shorthand form, such as `openat: /etc/shadow` or `connect: 1.2.3.4:443`. */
export function shorthand(name: string, type: EventType, value: Reading): Map<string, Reading> {
  if (isExec(type)) return new Map([["command", value]]);
  const names = namesOf(type);
  for (const key of MAIN) if ((names.get(key) ?? 0) !== 0) return new Map([[key, value]]);
  throw value.fault(`${name} has no shorthand form; name the parameters: ${[...names.keys()].join(", ")}.`);
}

export function isExec({ code }: EventType): boolean {
  return code === EventCode.EXECVE_19_X || code === EventCode.EXECVEAT_X;
}

export function isFork({ code }: EventType): boolean {
  return FORKS.includes(code);
}
const FORKS: readonly number[] = [EventCode.CLONE_20_X, EventCode.CLONE3_X, EventCode.FORK_20_X, EventCode.VFORK_20_X];

export function isOpen({ code }: EventType): boolean {
  return OPENS.includes(code);
}
const OPENS: readonly number[] = [
  EventCode.OPEN_X,
  EventCode.OPENAT_2_X,
  EventCode.OPENAT2_X,
  EventCode.OPEN_BY_HANDLE_AT_X,
];
