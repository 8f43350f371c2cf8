import { EventCode } from "../../event/code.ts";
import { EventFlag, type EventType, ParamKind } from "../../event/schema.ts";
import { syscallId } from "../../event/syscalls.ts";
import { codesByName, eventTypes, isGeneric } from "../../event/types.ts";
import type { Location } from "../../rule/location.ts";
import { type Reading, unknown } from "../reading.ts";

/** Keys that every event may have, inside or beside its parameters. */
export const COMMON: readonly string[] = ["by", "as", "after", "result"];

/** Places in the table of names that are no parameters. */
export const TO = -1;
export const FROM = -2;
export const PROTO = -3;

/** The type of event that a test means: the newest of that name. */
export function typeOf(name: string, place: Location): EventType {
  const types = (codesByName.get(name) ?? []).map((code) => eventTypes[code]);
  const current = types.filter(({ flags }) => (flags & EventFlag.oldVersion) === 0);
  const best = current.findLast(({ enter }) => !enter) ?? current.at(-1);
  if (best !== undefined) return best;
  if (syscallId.has(name)) return eventTypes[EventCode.GENERIC_X];
  throw unknown(name, writableEvents, "event", place);
}

/** Names of the events that tests may write: all that are still made. */
export const writableEvents: readonly string[] = [
  ...eventTypes
    .filter(
      ({ flags, code, key }) =>
        key !== "" && !isGeneric(code) && (flags & (EventFlag.oldVersion | EventFlag.unused)) === 0,
    )
    .map(({ name }) => name),
  ...syscallId.keys(),
];

/** Which parameter a key of an event stands for. */
export function namesOf(type: EventType): Map<string, number> {
  const names = new Map(type.params.map(({ name }, i) => [name, i]));
  if (isResult(type)) names.set("result", 0);
  const paths = type.params.flatMap(({ kind }, i) =>
    kind === ParamKind.FSPATH || kind === ParamKind.FSRELPATH ? [i] : [],
  );
  if (paths.length === 1 && !names.has("path")) names.set("path", paths[0]);
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

/** Whether the first parameter is what the call answered. */
export function isResult({ params, flags }: EventType): boolean {
  const [first] = params;
  if (first === undefined) return false;
  return first.name === "res" || (first.name === "fd" && (flags & EventFlag.createsFd) !== 0);
}

/** The parameters that matter most. The first one of an event, its result, never does. */
const MAIN = ["path", "to", "domain", "fd", "oldfd", "request", "pid", "linkpath", "name"];

/** `openat: /etc/shadow`, `connect: 1.2.3.4:443`: the parameter that matters most. */
export function shorthand(name: string, type: EventType, value: Reading): Map<string, Reading> {
  if (isExec(type)) return new Map([["command", value]]);
  const names = namesOf(type);
  for (const key of MAIN) if ((names.get(key) ?? 0) !== 0) return new Map([[key, value]]);
  throw value.fault(`${name} takes its parameters by name: ${[...names.keys()].join(", ")}.`);
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
