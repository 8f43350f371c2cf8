import { isServer } from "../descriptor.ts";
import type { Observed } from "../observed.ts";
import { mainThread, type Thread } from "../thread.ts";
import { dnsOfCall } from "./call.ts";
import { type DnsMessage, RecordType } from "./message.ts";

export interface NameLimits {
  /** Addresses in all, by container (or the host), and by process. The oldest are dropped first. */
  readonly most?: number;
  readonly perContainer?: number;
  readonly perProcess?: number;
  /** Estimated bytes of addresses and names in all. */
  readonly bytes?: number;
}

const MOST = 65_536;
const PER_CONTAINER = 16_384;
const PER_PROCESS = 4096;
const BYTES = 16 << 20;
/** Estimated bytes of an address, and of a name in addition to its text. */
const [OVERHEAD_OF_ADDRESS, OVERHEAD] = [256, 64];
/** Maximum number of names of an address, and of aliases in an answer. */
const MAX_NAMES = 8;
/** Maximum number of questions without an answer, in all and by process. */
const MAX_QUESTIONS = 8192;
const MAX_QUESTIONS_OF_PROCESS = 1024;
const SECOND = 1e9;
/** Nanoseconds that a question waits for its answer. */
const PATIENCE = 30 * SECOND;
/** Limits of the time for which a name counts, instead of shorter and longer TTLs: programs use addresses longer than that. */
const [LEAST_TTL, MOST_TTL] = [600 * SECOND, 86_400 * SECOND];

interface Question {
  readonly pid: number;
  /** Nanoseconds since the epoch. */
  readonly time: number;
}

/** A name of an address, as asked by a process. */
interface Use {
  readonly name: string;
  readonly pid: number;
  /** Nanoseconds since the epoch. */
  readonly until: number;
}

interface Entry {
  /** The process that resolved the address first: it counts for its share. */
  readonly pid: number;
  /** The latest last. */
  names: Use[];
  /** Until when the address counts as resolved: nanoseconds since the epoch. */
  until: number;
}

/** Addresses that were resolved in a container, or on the host. */
interface Scope {
  /** The latest last. */
  readonly entries: Map<string, Entry>;
  /** Addresses by the process of their entry, the oldest first. */
  readonly shares: Map<number, Set<string>>;
}

/**
 * Names of addresses, from the DNS answers that watched processes receive, and of a resolver for the names of rules. An answer counts
 * if it has the id, name and type of a question that the process sent from the same socket to the same server. Containers do not see each
 * other's names, because a process chooses its DNS server, and thereby the names of addresses. Bounded.
 */
export class ResolvedNames {
  /** Answers that counted, and those without a question. */
  answers = 0;
  unasked = 0;
  private readonly most: number;
  private readonly perContainer: number;
  private readonly perProcess: number;
  private readonly since: number;
  private readonly scopes = new Map<string, Scope>();
  private size = 0;
  private readonly mostBytes: number;
  private bytes = 0;
  /** By {@link questionKey}, the oldest first. */
  private readonly questions = new Map<string, Question>();
  private readonly questionsOf = new Map<number, number>();
  /** Addresses of the names of rules, and the reverse. */
  private readonly listed = new Map<string, ReadonlySet<string>>();
  private namesOfListed = new Map<string, string>();

  /** @param since start, if it is later than that of the machine: nanoseconds since the epoch */
  constructor(limits: NameLimits = {}, since = 0) {
    this.most = limits.most ?? MOST;
    this.perContainer = limits.perContainer ?? PER_CONTAINER;
    this.perProcess = limits.perProcess ?? PER_PROCESS;
    this.mostBytes = limits.bytes ?? BYTES;
    this.since = since;
  }

  /** Forgets all names from answers. */
  clear(): void {
    this.scopes.clear();
    this.questions.clear();
    this.questionsOf.clear();
    this.size = 0;
    this.bytes = 0;
  }

  /** Number of addresses with a name. */
  get addresses(): number {
    return this.size;
  }

  /** Processes a call that transferred data, after the machine was updated with it. */
  observe(event: Observed): void {
    const { thread, fd } = event;
    if (thread === undefined || fd === undefined) return;
    const message = dnsOfCall(event);
    if (message === undefined) return;
    const key = questionKey(thread, isServer(fd) ? fd.sip : fd.dip, message);
    const now = event.timeNumber;
    if (!message.isAnswer) this.ask(key, thread.pid, now);
    else if (this.isAnswered(key, now)) this.answer(thread, message, now);
    else this.unasked++;
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
    /** Names of the question and its aliases, which owners of addresses have to be among. */
    const names = [name];
    for (const { owner, type, text, address, ttl } of records) {
      if (!names.includes(owner)) continue;
      if (type === RecordType.CNAME && text !== undefined && names.length < MAX_NAMES && !names.includes(text))
        names.push(text);
      if (address === "") continue;
      const until = now + Math.min(Math.max(ttl * SECOND, LEAST_TTL), MOST_TTL);
      const entry = this.entryOf(thread, address);
      entry.until = now + MOST_TTL;
      // The name of the question comes last, as the latest.
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

  /** Sets the addresses of a name that rules compare with, from a resolver; empty if it has none. */
  learn(name: string, addresses: ReadonlySet<string>): void {
    this.listed.set(name, addresses);
    this.indexListed();
  }

  /** Removes the names that rules no longer compare with. */
  keepListed(names: ReadonlySet<string>): void {
    for (const name of [...this.listed.keys()]) if (!names.has(name)) this.listed.delete(name);
    this.indexListed();
  }

  private indexListed(): void {
    this.namesOfListed = new Map();
    for (const [name, addresses] of this.listed) for (const one of addresses) this.namesOfListed.set(one, name);
  }

  /** The addresses of a name of a rule; undefined until the resolver has answered. */
  learned(name: string): ReadonlySet<string> | undefined {
    return this.listed.get(name);
  }

  /** The latest name by which the process of an event resolved an address, else another one of its container, or of a rule. */
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

  /** Whether `matches` holds for a name of an address. */
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

  /** Whether an address has a name. */
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
   * Whether the container of an event's process (or the host) received an address in an answer. Undefined if a process that started before
   * the events may have.
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
 * Adds a name to an address; the same name of the same process is replaced, and else the oldest if there are too many.
 * @returns estimated bytes that were added
 */
function addUse(entry: Entry, use: Use): number {
  const { names } = entry;
  let replaced = names.findIndex(({ name, pid }) => name === use.name && pid === use.pid);
  // A process replaces its own names first, so that it cannot remove those of others.
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

/** The server's address and the descriptor identify the socket within the process. */
function questionKey({ pid, lastFd }: Thread, server: string, { id, name, type }: DnsMessage): string {
  return `${pid} ${lastFd} ${id} ${type} ${server} ${name}`;
}
