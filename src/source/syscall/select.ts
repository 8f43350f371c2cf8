import { CATEGORY_MASK, Category } from "../../event/schema.ts";
import { syscallId } from "../../event/syscalls.ts";
import { codesByName, eventTypes, isGeneric, stateSyscalls } from "../../event/types.ts";

/** The part of the configuration that says which system calls to watch (`base_syscalls`). */
export interface BaseCalls {
  /** Names of events: these instead of those that state needs; with `!` before it: never this one. */
  readonly customSet: readonly string[];
  /** The fewest calls that keep the state right for what is watched. */
  readonly repair: boolean;
  /** Also the frequent calls, which else are left out whoever names them. */
  readonly all: boolean;
}

export interface Selection {
  /** Ids of the calls to watch. */
  readonly calls: ReadonlySet<number>;
  /** Calls that rules wait for in vain. */
  readonly unwatched: readonly number[];
  /** Names of the custom set that no event has. */
  readonly unknownNames: readonly string[];
}

const ids = (names: string): number[] => names.trim().split(/\s+/).map(requireId);

/** Without these no thread is known as what it is. */
const REPAIR_ALWAYS = ids(`clone clone3 fork vfork execve execveat fchdir chdir chroot capset setgid setgid32 setpgid
  setresgid setresgid32 setresuid setresuid32 setsid setuid setuid32 prctl sched_process_exit`);
const REPAIR_NETWORK = ids("socket getsockopt");
const REPAIR_SERVER = ids("bind");
const REPAIR_DESCRIPTORS = ids("close");
/** What tells which process has which flow. */
export const flowCalls: readonly number[] = ids(`socket bind connect accept accept4 sendto recvfrom sendmsg recvmsg
  sendmmsg recvmmsg`);
const SERVER_CALLS = ids("accept accept4 listen");
const PROCESS_EXIT = requireId("sched_process_exit");

const networkCalls = callsOf(Category.net);
const dataCalls = new Set([...callsOf(Category.io_read), ...callsOf(Category.io_write)]);
const descriptorCalls = new Set([...callsOf(Category.file), ...dataCalls, ...callsOf(Category.io_other)]);

/** Calls so frequent that they are watched only on request, except for those that state needs. */
export const frequentCalls: ReadonlySet<number> = difference(dataCalls, stateSyscalls);

/** Which calls to watch: those that the rules need, those that state needs, and what the configuration makes of it. */
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
  }
  let calls: Set<number>;
  if (repair && wanted.size === 0) calls = repaired(rules);
  else calls = new Set([...rules, ...(wanted.size > 0 ? wanted : stateSyscalls)]);
  calls = difference(calls, refused);
  if (!all) calls = difference(calls, frequentCalls);
  if (repair && customSet.length > 0) calls = repaired(calls);
  calls.add(PROCESS_EXIT);
  return { calls, unwatched: [...rules].filter((id) => !calls.has(id)), unknownNames };
}

/** `calls` and the fewest others that keep the state right for them. */
function repaired(calls: ReadonlySet<number>): Set<number> {
  const all = new Set([...calls, ...REPAIR_ALWAYS]);
  const network = meet(calls, networkCalls);
  if (network) for (const id of REPAIR_NETWORK) all.add(id);
  if (meet(calls, SERVER_CALLS)) for (const id of REPAIR_SERVER) all.add(id);
  if (network || meet(calls, descriptorCalls)) for (const id of REPAIR_DESCRIPTORS) all.add(id);
  return all;
}

/** The calls that make events of a name; one name may stand for several (`setuid` and `setuid32`). */
function callsNamed(name: string): number[] {
  const calls = (codesByName.get(name) ?? [])
    .filter((code) => !isGeneric(code))
    .flatMap((code) => [...eventTypes[code].syscalls]);
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
  if (id === undefined) throw new Error(`there is no system call ${name}`);
  return id;
}
