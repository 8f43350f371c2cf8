import { isServer } from "../descriptor.ts";
import type { Observed } from "../observed.ts";
import { mainThread, type Thread } from "../thread.ts";
import { dnsOfCall } from "./call.ts";
import { type DnsMessage, RecordType } from "./message.ts";

export interface NameLimits {
  /**
   * Maximum number of addresses. Above this limit, the oldest address of the container with the most addresses is
   * dropped.
   */
  readonly most?: number;
  /** Maximum number of addresses of one container, or of the host. */
  readonly perContainer?: number;
  /** Maximum number of addresses of one process. */
  readonly perProcess?: number;
  /** Maximum estimated size of all addresses and names, in bytes. */
  readonly bytes?: number;
}

const MOST = 65_536;
const PER_CONTAINER = 16_384;
const PER_PROCESS = 4096;
const BYTES = 16 << 20;
/** Estimated bytes of an address without its names, and of a name without its text. */
const [OVERHEAD_OF_ADDRESS, OVERHEAD] = [256, 64];
/** Maximum number of names of an address, and of names in a response: the name of the question and its aliases. */
const MAX_NAMES = 8;
/** Maximum number of queries without a response. */
const MAX_QUESTIONS = 8192;
/** Maximum number of queries without a response from one process. */
const MAX_QUESTIONS_OF_PROCESS = 1024;
const SECOND = 1e9;
/** How long a query waits for its response, in nanoseconds. */
const PATIENCE = 30 * SECOND;
/**
 * Minimum and maximum time for which a name is valid, in nanoseconds. Programs use addresses for longer than short TTLs
 * permit.
 */
const [LEAST_TTL, MOST_TTL] = [600 * SECOND, 86_400 * SECOND];

interface Question {
  readonly pid: number;
  /** Time of the query: nanoseconds since the epoch. */
  readonly time: number;
}

/** A name of an address, resolved by a process. */
interface Use {
  readonly name: string;
  readonly pid: number;
  /** When the name expires: nanoseconds since the epoch. */
  readonly until: number;
}

interface Entry {
  /** The process that resolved the address first. The address counts toward the maximum of that process. */
  readonly pid: number;
  /** Names of the address, the latest last. */
  names: Use[];
  /** Time until which the address counts as resolved: nanoseconds since the epoch. */
  until: number;
}

/** The addresses that were resolved in a container or on the host. */
interface Scope {
  /** Entries by address, the latest last. */
  readonly entries: Map<string, Entry>;
  /** Addresses by the PID of their entry, oldest first. */
  readonly shares: Map<number, Set<string>>;
}

/**
 * Names of addresses, from DNS responses to watched processes and from a resolver for the names in rules. A response is
 * accepted if it has the ID, name and type of a query that the process sent from the same socket to the same server.
 * Names are kept separately for each container, because a process can choose its DNS server and thereby the names of
 * addresses. The size is bounded.
 */
export class ResolvedNames {
  /** Number of accepted responses. */
  answers = 0;
  /** Number of responses without a matching query. */
  unsolicited = 0;
  private readonly most: number;
  private readonly perContainer: number;
  private readonly perProcess: number;
  private readonly since: number;
  private readonly scopes = new Map<string, Scope>();
  private size = 0;
  private readonly mostBytes: number;
  private bytes = 0;
  /** Queries by {@link questionKey}, oldest first. */
  private readonly questions = new Map<string, Question>();
  private readonly questionsOf = new Map<number, number>();
  /** Addresses of the names in rules, by name. */
  private readonly listed = new Map<string, ReadonlySet<string>>();
  /** Names in rules, by address. */
  private namesOfListed = new Map<string, string>();

  /**
   * @param since start of the observation, if it is later than the start of the machine's observation: nanoseconds
   * since the epoch
   */
  constructor(limits: NameLimits = {}, since = 0) {
    this.most = limits.most ?? MOST;
    this.perContainer = limits.perContainer ?? PER_CONTAINER;
    this.perProcess = limits.perProcess ?? PER_PROCESS;
    this.mostBytes = limits.bytes ?? BYTES;
    this.since = since;
  }

  /** Removes all names that responses contained. */
  clear(): void {
    this.scopes.clear();
    this.questions.clear();
    this.questionsOf.clear();
    this.size = 0;
    this.bytes = 0;
  }

  /** Number of addresses for which a name was found in a response. */
  get addresses(): number {
    return this.size;
  }

  /** Handles a call that transferred data. The machine must have observed it before. */
  observe(event: Observed): void {
    const { thread, fd } = event;
    if (thread === undefined || fd === undefined) return;
    const message = dnsOfCall(event);
    if (message === undefined) return;
    const key = questionKey(thread, isServer(fd) ? fd.sip : fd.dip, message);
    const now = event.timeNumber;
    if (!message.isAnswer) this.ask(key, thread.pid, now);
    else if (this.isAnswered(key, now)) this.answer(thread, message, now);
    else this.unsolicited++;
  }

  private ask(key: string, pid: number, now: number): void {
    const { questions, questionsOf } = this;
    for (const [oldest, { time }] of questions) {
      if (now - time <= PATIENCE && questions.size < MAX_QUESTIONS) break;
      this.forget(oldest);
    }
    this.forget(key);
    const count = questionsOf.get(pid) ?? 0;
    if (count >= MAX_QUESTIONS_OF_PROCESS) return;
    questions.set(key, { pid, time: now });
    questionsOf.set(pid, count + 1);
  }

  private forget(key: string): void {
    const question = this.questions.get(key);
    if (question === undefined) return;
    this.questions.delete(key);
    const count = (this.questionsOf.get(question.pid) ?? 1) - 1;
    if (count === 0) this.questionsOf.delete(question.pid);
    else this.questionsOf.set(question.pid, count);
  }

  private isAnswered(key: string, now: number): boolean {
    const question = this.questions.get(key);
    if (question === undefined) return false;
    this.forget(key);
    return now - question.time <= PATIENCE;
  }

  private answer(thread: Thread, { name, records }: DnsMessage, now: number): void {
    this.answers++;
    /** The name of the question and its aliases. Records with other owners are ignored. */
    const names = [name];
    for (const { owner, type, text, address, ttl } of records) {
      if (!names.includes(owner)) continue;
      if (type === RecordType.CNAME && text !== undefined && names.length < MAX_NAMES && !names.includes(text))
        names.push(text);
      if (address === "") continue;
      const until = now + Math.min(Math.max(ttl * SECOND, LEAST_TTL), MOST_TTL);
      const entry = this.entryOf(thread, address);
      entry.until = now + MOST_TTL;
      // The name of the question is added last, so that it is the latest name.
      for (let i = names.length - 1; i >= 0; i--)
        this.bytes += addUse(entry, { name: names[i]!, pid: thread.pid, until });
    }
    while (this.bytes > this.mostBytes && this.size > 1) this.dropOfLargest();
  }

  private entryOf({ containerId, pid }: Thread, address: string): Entry {
    let scope = this.scopes.get(containerId);
    if (scope === undefined) {
      scope = { entries: new Map(), shares: new Map() };
      this.scopes.set(containerId, scope);
    }
    const { entries, shares } = scope;
    const known = entries.get(address);
    if (known !== undefined) {
      entries.delete(address);
      entries.set(address, known);
      return known;
    }
    const own = shares.get(pid);
    if (own !== undefined && own.size >= this.perProcess) this.drop(containerId, scope, first(own.keys()));
    if (entries.size >= this.perContainer) this.drop(containerId, scope, first(entries.keys()));
    if (this.size >= this.most) this.dropOfLargest();
    const entry: Entry = { pid, names: [], until: 0 };
    entries.set(address, entry);
    this.scopes.set(containerId, scope);
    const share = shares.get(pid) ?? new Set();
    shares.set(pid, share.add(address));
    this.size++;
    this.bytes += OVERHEAD_OF_ADDRESS;
    return entry;
  }

  private dropOfLargest(): void {
    let largest: [string, Scope] | undefined;
    for (const one of this.scopes)
      if (largest === undefined || one[1].entries.size > largest[1].entries.size) largest = one;
    if (largest !== undefined) this.drop(...largest, first(largest[1].entries.keys()));
  }

  private drop(containerId: string, { entries, shares }: Scope, address: string | undefined): void {
    const entry = address === undefined ? undefined : entries.get(address);
    if (address === undefined || entry === undefined) return;
    entries.delete(address);
    this.size--;
    this.bytes -= OVERHEAD_OF_ADDRESS;
    for (const use of entry.names) this.bytes -= sizeOf(use);
    const share = shares.get(entry.pid);
    share?.delete(address);
    if (share?.size === 0) shares.delete(entry.pid);
    if (entries.size === 0) this.scopes.delete(containerId);
  }

  /** Sets the addresses that the resolver returned for a name in a rule; empty if the name has none. */
  learn(name: string, addresses: ReadonlySet<string>): void {
    this.listed.set(name, addresses);
    this.indexListed();
  }

  /** Removes all names that rules no longer use. */
  keepListed(names: ReadonlySet<string>): void {
    for (const name of [...this.listed.keys()]) if (!names.has(name)) this.listed.delete(name);
    this.indexListed();
  }

  private indexListed(): void {
    this.namesOfListed = new Map();
    for (const [name, addresses] of this.listed) for (const one of addresses) this.namesOfListed.set(one, name);
  }

  /** The addresses of a name in a rule; undefined until the resolver has responded. */
  learned(name: string): ReadonlySet<string> | undefined {
    return this.listed.get(name);
  }

  /**
   * The latest name by which the process of an event resolved an address. If there is none, the latest name of the
   * address in the container of the process, otherwise a name in a rule.
   */
  latest(event: Observed, address: string): string | undefined {
    const entry = this.entryAt(event, address);
    if (entry === undefined) return this.namesOfListed.get(address);
    const now = event.timeNumber;
    const pid = event.thread?.pid;
    let found: string | undefined;
    for (let i = entry.names.length - 1; i >= 0; i--) {
      const use = entry.names[i]!;
      if (use.until < now) continue;
      if (use.pid === pid) return use.name;
      found ??= use.name;
    }
    return found ?? this.namesOfListed.get(address);
  }

  /** Whether `matches` returns true for any name of an address. */
  some(event: Observed, address: string, matches: (name: string) => boolean): boolean {
    const entry = this.entryAt(event, address);
    if (entry !== undefined) {
      const now = event.timeNumber;
      for (let i = 0; i < entry.names.length; i++) {
        const use = entry.names[i]!;
        if (use.until >= now && matches(use.name)) return true;
      }
    }
    const listed = this.namesOfListed.get(address);
    return listed !== undefined && matches(listed);
  }

  /** Whether an address has the given name. */
  isNamed(event: Observed, address: string, name: string): boolean {
    if (this.listed.get(name)?.has(address) === true) return true;
    const entry = this.entryAt(event, address);
    if (entry === undefined) return false;
    const now = event.timeNumber;
    for (let i = 0; i < entry.names.length; i++) {
      const use = entry.names[i]!;
      if (use.name === name && use.until >= now) return true;
    }
    return false;
  }

  /**
   * Whether a DNS response in the container of the event's process (or on the host) contained an address. Undefined if
   * unknown, because the process started before the observation.
   */
  isResolved(event: Observed, address: string): boolean | undefined {
    const { thread, machine } = event;
    if (thread === undefined) return undefined;
    const entry = this.entryAt(event, address);
    if (entry !== undefined && entry.until >= event.timeNumber) return true;
    const since = Math.max(this.since, Number(machine.firstTime));
    return Number((mainThread(thread) ?? thread).cloneTime) >= since ? false : undefined;
  }

  private entryAt({ thread }: Observed, address: string): Entry | undefined {
    return this.scopes.get(thread?.containerId ?? "")?.entries.get(address);
  }
}

const sizeOf = ({ name }: Use): number => name.length + OVERHEAD;

/**
 * Adds a name to an address. It replaces the same name of the same process, or an old name if there are too many.
 * @returns estimated bytes that were added
 */
function addUse(entry: Entry, use: Use): number {
  const { names } = entry;
  let replaced = names.findIndex(({ name, pid }) => name === use.name && pid === use.pid);
  // A process's own names are replaced first, so that it cannot remove the names of other processes.
  if (replaced < 0 && names.length >= MAX_NAMES)
    replaced = Math.max(
      names.findIndex(({ pid }) => pid === use.pid),
      0,
    );
  const removed = replaced < 0 ? 0 : sizeOf(names.splice(replaced, 1)[0]!);
  names.push(use);
  return sizeOf(use) - removed;
}

function first<T>(values: Iterable<T>): T | undefined {
  for (const value of values) return value;
  return undefined;
}

/** Key of a query. The address of the server and the descriptor number identify the socket within the process. */
function questionKey({ pid, lastFd }: Thread, server: string, { id, name, type }: DnsMessage): string {
  return `${pid} ${lastFd} ${id} ${type} ${server} ${name}`;
}
