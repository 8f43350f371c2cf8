import { dnsCalls, dnsOnly, partsOf, wholeCall } from "../../event/narrowed.ts";
import { CATEGORY_MASK, Category } from "../../event/schema.ts";
import { syscallId } from "../../event/syscalls.ts";
import { codesByName, eventTypes, isGeneric, stateSyscalls } from "../../event/types.ts";

/** Configuration of the system calls to watch (`base_syscalls`). */
export interface BaseCalls {
  /** Names of calls that replace the calls required for the state. The prefix `!` excludes a call. */
  readonly customSet: readonly string[];
  /** Whether to add the minimum set of calls that is required for a correct state. */
  readonly repair: boolean;
  /** Whether to include frequent calls, which are excluded by default. */
  readonly all: boolean;
}

export interface Selection {
  /** IDs of the calls to watch. */
  readonly calls: ReadonlySet<number>;
  /** IDs of calls that rules refer to but that are not watched. */
  readonly unwatched: readonly number[];
  /** Unknown names in the custom set. */
  readonly unknownNames: readonly string[];
}

const ids = (names: string): number[] => names.trim().split(/\s+/).map(requireId);

/** Calls that are always required to identify threads. */
const REPAIR_ALWAYS = ids(`clone clone3 fork vfork execve execveat fchdir chdir chroot capset setgid setgid32 setpgid
  setresgid setresgid32 setresuid setresuid32 setsid setuid setuid32 prctl sched_process_exit`);
const REPAIR_NETWORK = ids("socket getsockopt");
const REPAIR_SERVER = ids("bind");
const REPAIR_DESCRIPTORS = ids("close");
/** Calls that associate network flows with processes. */
export const flowCalls: readonly number[] = ids(`socket bind connect accept accept4 sendto recvfrom sendmsg recvmsg
  sendmmsg recvmmsg`);
/** IDs of messages to and from DNS servers. */
export const dnsMessages: readonly number[] = dnsCalls.map(dnsOnly);
const SERVER_CALLS = ids("accept accept4 listen");
const PROCESS_EXIT = requireId("sched_process_exit");

const networkCalls = callsOf(Category.net);
const dataCalls = new Set([...callsOf(Category.io_read), ...callsOf(Category.io_write)]);
const descriptorCalls = new Set([...callsOf(Category.file), ...dataCalls, ...callsOf(Category.io_other)]);

/** Frequent calls that are not required for the state. They are watched only if `all` is set. */
export const frequentCalls: ReadonlySet<number> = difference(dataCalls, stateSyscalls);

/** Selects the calls to watch: calls that rules and the state require, modified by the configuration. */
export function selectCalls(rules: ReadonlySet<number>, { customSet, repair, all }: BaseCalls): Selection {
  const unknownNames: string[] = [];
  const wanted = new Set<number>();
  const refused = new Set<number>();
  for (const entry of customSet) {
    const refuse = entry.startsWith("!");
    const name = refuse ? entry.slice(1) : entry;
    if (name === "") continue;
    const calls = callsNamed(name);
    if (calls.length === 0) unknownNames.push(name);
    for (const id of calls) (refuse ? refused : wanted).add(id);
    if (refuse) for (const id of calls) for (const part of partsOf(id)) refused.add(part);
  }
  let calls: Set<number>;
  if (repair && wanted.size === 0) calls = repaired(rules);
  else calls = new Set([...rules, ...(wanted.size > 0 ? wanted : stateSyscalls)]);
  calls = difference(calls, refused);
  if (!all) calls = difference(calls, frequentCalls);
  if (repair && customSet.length > 0) calls = repaired(calls);
  calls.add(PROCESS_EXIT);
  const unwatched = [...rules].filter((id) => !calls.has(id) && !calls.has(wholeCall(id))).map(wholeCall);
  return { calls, unwatched: [...new Set(unwatched)], unknownNames };
}

/** Returns `calls` and the minimum set of other calls that is required for a correct state. */
function repaired(calls: ReadonlySet<number>): Set<number> {
  const all = new Set([...calls, ...REPAIR_ALWAYS]);
  const network = meet(calls, networkCalls) || meet(calls, dnsMessages);
  if (network) for (const id of REPAIR_NETWORK) all.add(id);
  if (meet(calls, SERVER_CALLS)) for (const id of REPAIR_SERVER) all.add(id);
  if (network || meet(calls, descriptorCalls)) for (const id of REPAIR_DESCRIPTORS) all.add(id);
  return all;
}

/** Returns the IDs of the calls with this name. There may be several, such as `setuid` and `setuid32`. */
function callsNamed(name: string): number[] {
  const calls = (codesByName.get(name) ?? [])
    .filter((code) => !isGeneric(code))
    .flatMap((code) => [...(eventTypes[code]?.syscalls ?? [])]);
  if (calls.length > 0) return calls;
  const id = syscallId.get(name);
  return id === undefined || id === 0 ? [] : [id];
}

function callsOf(category: number): Set<number> {
  const types = eventTypes.filter((type) => (type.category & CATEGORY_MASK) === category);
  return new Set(types.flatMap((type) => [...type.syscalls]));
}

function difference(from: ReadonlySet<number>, without: Iterable<number>): Set<number> {
  const rest = new Set(from);
  for (const id of without) rest.delete(id);
  return rest;
}

function meet(calls: ReadonlySet<number>, others: Iterable<number>): boolean {
  for (const id of others) if (calls.has(id)) return true;
  return false;
}

function requireId(name: string): number {
  const id = syscallId.get(name);
  if (id === undefined) throw new Error(`unknown system call ${name}`);
  return id;
}
