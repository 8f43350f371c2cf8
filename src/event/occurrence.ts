import { Origin } from "./schema.ts";
import { nativeArm64, nativeX64, syscallId } from "./syscalls.ts";
import { asyncNames, codesByName, eventTypes } from "./types.ts";

/** Architectures that the sensor supports, with the names of `process.arch`. */
export const architectures = ["x64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** Returns the architecture for a value of `process.arch`; `x64` for unsupported architectures. */
export function ownArchitecture(name: string): Architecture {
  return name === "arm64" ? "arm64" : "x64";
}

/** IDs of the tracepoints that have their own event types. */
const tracepoints: readonly number[] = eventTypes
  .filter(({ category }) => (category & Origin.tracepoint) !== 0)
  .flatMap(({ syscalls }) => [...syscalls]);

/** Calls for which no tracepoint reports the end, with the reason or an alternative. */
const withoutEnd: Readonly<Record<string, string>> = {
  exit: "the call does not return; use procexit",
  exit_group: "the call does not return; use procexit",
  rt_sigreturn: "the kernel does not report the end of this call",
};

const ACCOUNTS = "user changes create no events; match writes to the user files, such as fd.name = /etc/passwd";
const OLD = "only old captures contain this event";

/** Names of event types that a live sensor never creates, with the reason or an alternative. */
const notLive: Readonly<Record<string, string>> = {
  ...withoutEnd,
  asyncevent: "use the kind of the asynchronous event as its name",
  cpu_hotplug: "no events are created when CPUs are added or removed",
  drop: "dropped events raise alerts with the source internal",
  groupadded: ACCOUNTS,
  groupdeleted: ACCOUNTS,
  infra: OLD,
  k8s: OLD,
  mesos: OLD,
  notification: OLD,
  pluginevent: "documents are events of separate sources, and rules for these sources need no evt.type",
  procinfo: OLD,
  scapevent: "the event is internal to the sensor",
  tracer: OLD,
  useradded: ACCOUNTS,
  userdeleted: ACCOUNTS,
};

/** IDs of the system calls and tracepoints that a live sensor can report on an architecture. */
export function liveCalls(architecture: Architecture): ReadonlySet<number> {
  const native = architecture === "arm64" ? nativeArm64 : nativeX64;
  const calls = new Set([...native, ...tracepoints]);
  calls.delete(0);
  for (const name of Object.keys(withoutEnd)) calls.delete(syscallId.get(name) ?? 0);
  return calls;
}

/**
 * Returns the reason why a live sensor does not create events with this name.
 * @param calls result of {@link liveCalls} for the architecture
 * @returns undefined if the sensor creates such events; {@link ABSENT_CALL} if the architecture has no such call
 */
export function whyNotLive(name: string, calls: ReadonlySet<number>): string | undefined {
  if (Object.hasOwn(notLive, name)) return notLive[name];
  if (asyncNames.has(name)) return undefined;
  const own = syscallId.get(name);
  const ids = (codesByName.get(name) ?? []).flatMap((code) => [...(eventTypes[code]?.syscalls ?? [])]);
  return [...ids, ...(own === undefined ? [] : [own])].some((id) => calls.has(id)) ? undefined : ABSENT_CALL;
}

/** Result of {@link whyNotLive} for a call that only other architectures have. */
export const ABSENT_CALL = "absent";
