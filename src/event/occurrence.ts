import { Origin } from "./schema.ts";
import { nativeArm64, nativeX64, syscallId } from "./syscalls.ts";
import { asyncNames, codesByName, eventTypes } from "./types.ts";

/** Architectures of the sensor, as `process.arch` names them. */
export const architectures = ["x64", "arm64"] as const;
export type Architecture = (typeof architectures)[number];

/** The architecture with the name of `process.arch`. */
export function ownArchitecture(name: string): Architecture {
  return name === "arm64" ? "arm64" : "x64";
}

/** IDs of the tracepoints with events of their own. */
const tracepoints: readonly number[] = eventTypes
  .filter(({ category }) => (category & Origin.tracepoint) !== 0)
  .flatMap(({ syscalls }) => [...syscalls]);

/** Calls whose end no tracepoint reports, and the event that shows the same. */
const withoutEnd: Readonly<Record<string, string>> = {
  exit: "the call does not return: use procexit",
  exit_group: "the call does not return: use procexit",
  rt_sigreturn: "the kernel does not report the end of this call",
};

const ACCOUNTS = "changes of users are not events: use writes to the files of users, such as fd.name = /etc/passwd";
const OLD = "only old captures have it";

/** Names of event types that no live sensor makes, and the reason or what to use. */
const notLive: Readonly<Record<string, string>> = {
  ...withoutEnd,
  asyncevent: "an asynchronous event has the name of its kind",
  cpu_hotplug: "CPUs that are added or removed make no event",
  drop: "dropped events raise alerts of source internal",
  groupadded: ACCOUNTS,
  groupdeleted: ACCOUNTS,
  infra: OLD,
  k8s: OLD,
  mesos: OLD,
  notification: OLD,
  pluginevent: "documents are events of their own sources, and their rules need no evt.type",
  procinfo: OLD,
  scapevent: "it is internal to the sensor",
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
 * Why a live sensor makes no event of this name.
 * @param calls those of the architecture: {@link liveCalls}
 * @returns undefined if it makes such events; `absent` if the architecture has no such call, else a reason
 */
export function whyNotLive(name: string, calls: ReadonlySet<number>): string | undefined {
  if (Object.hasOwn(notLive, name)) return notLive[name];
  if (asyncNames.has(name)) return undefined;
  const own = syscallId.get(name);
  const ids = (codesByName.get(name) ?? []).flatMap((code) => [...(eventTypes[code]?.syscalls ?? [])]);
  return [...ids, ...(own === undefined ? [] : [own])].some((id) => calls.has(id)) ? undefined : ABSENT_CALL;
}

/** Result of {@link whyNotLive} for a call that other architectures have. */
export const ABSENT_CALL = "absent";
