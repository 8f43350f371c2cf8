import { byteString } from "../event/bytes.ts";
import { EventCode } from "../event/code.ts";
import { AddressFamily } from "../event/constants.ts";
import { type Flow, IpNumber } from "../event/flow.ts";
import { FdKind } from "../event/snapshot.ts";
import { type Descriptor, isInet, isServer } from "./descriptor.ts";
import { socketFlow, socketProtocol } from "./flow.ts";
import type { Machine } from "./machine.ts";
import type { Observed } from "./observed.ts";
import { present, result } from "./read.ts";
import { isMapped, u16 } from "./socket.ts";
import { fdTable, isMainThread, mainThread, type Thread } from "./thread.ts";
import { isValidAddress, isValidTuple } from "./tuple.ts";

export interface FlowLimits {
  /** Entries at most, 65,536 where nothing is said; a datagram's flow takes two. The oldest go first. */
  readonly most?: number;
  /** Nanoseconds that the flows of a process outlive it; five minutes where nothing is said. */
  readonly keep?: number;
}

const MOST = 65_536;
const KEEP = 300e9;
/** Nanoseconds between two looks for flows that have been kept long enough. */
const SWEEP = 60e9;
/** Nanoseconds that an attempt to connect which failed speaks for its destination. */
const ATTEMPT = 10e9;
/** Ancestors remembered of a process that has ended. */
const MOST_ANCESTORS = 64;

/** A process that takes part in flows. */
export interface FlowProcess {
  /** Its main thread. */
  readonly thread: Thread;
  /** Once it has ended: itself and its ancestors as they were then. Undefined before: the machine knows them. */
  lineage: readonly Thread[] | undefined;
  /** When it ended: nanoseconds since the epoch; 0 where it lives. */
  ended: number;
  /** How many ends of flows it has here. */
  uses: number;
}

/** What is known of one flow. */
interface Entry {
  /** Who began. */
  client: FlowProcess | undefined;
  /** Who answers, or listens. */
  server: FlowProcess | undefined;
  /** When it was last noted: nanoseconds since the epoch. */
  time: number;
}

/** Whose flow it is. */
export interface FlowOwner {
  readonly process: FlowProcess;
  /** False where it is the other end that began. */
  readonly isInitiator: boolean;
}

/**
 * Which process had which flow lately. System calls fill it; what a network IDS or a firewall tells is looked up in it,
 * whichever way the packet went. Bounded, and kept a while past the end of a process.
 */
export class Flows {
  private readonly machine: Machine;
  private readonly most: number;
  private readonly keep: number;
  /** By what `keyOf` and its like make; those noted last stand at the end. */
  private readonly entries = new Map<string, Entry>();
  /** Of processes that live. */
  private readonly parties = new Map<Thread, FlowProcess>();
  /** The time of the last event: nanoseconds since the epoch. */
  private clock = 0;
  private swept = 0;

  constructor(machine: Machine, { most = MOST, keep = KEEP }: FlowLimits = {}) {
    this.machine = machine;
    this.most = most;
    this.keep = keep;
  }

  get size(): number {
    return this.entries.size;
  }

  clear(): void {
    this.entries.clear();
    this.parties.clear();
  }

  // ---- what system calls tell ----

  /** Takes what an event says of a flow. To be called when the machine has placed it. */
  observe(event: Observed): void {
    const { thread, fd } = event;
    this.clock = event.timeNumber;
    if (thread === undefined || fd === undefined || !isInet(fd)) return;
    if (event.fdNameChanged) {
      this.record(thread, fd);
      if (this.clock - this.swept > SWEEP) this.sweep();
    } else if (event.type === EventCode.CONNECT_X && present(event, 0) && result(event) < 0) {
      this.recordAttempt(event, thread, fd);
    }
  }

  /** Takes the flows of a thread of which more is known than events have told. */
  recordAll(thread: Thread): void {
    for (const [, fd] of fdTable(thread)?.entries() ?? []) if (isInet(fd)) this.record(thread, fd);
  }

  private record(thread: Thread, fd: Descriptor): void {
    const server = isServer(fd);
    if (fd.kind === FdKind.ipv4Server || fd.kind === FdKind.ipv6Server) {
      const protocol = socketProtocol(fd);
      if (protocol !== undefined)
        this.put(listenerKey(protocol, fd.sport, fd.sip, thread.containerId !== ""), thread, true);
      return;
    }
    const flow = socketFlow(fd);
    if (flow === undefined) return;
    this.put(keyOf(flow), thread, server);
    // Who sends datagrams without having bound an address is not told which of the machine's is used.
    if (flow.protocol === IpNumber.UDP) this.put(server ? halfKey(flow, true) : halfKey(flow, false), thread, server);
  }

  /** A connection that was refused, or never answered: its own end may be told or not. */
  private recordAttempt(event: Observed, thread: Thread, fd: Descriptor): void {
    if (socketProtocol(fd) !== IpNumber.TCP) return;
    if (isValidTuple(event, TUPLE)) {
      const flow = flowIn(event);
      if (flow !== undefined && flow.sourcePort !== 0) this.put(keyOf(flow), thread, false);
    }
    if (!isValidAddress(event, ADDRESS)) return;
    const { bytes } = event;
    const at = event.offset(ADDRESS);
    const size = sizeOf(bytes[at]!);
    if (size === 0) return;
    const to = endAt(bytes, at + 1, size);
    this.put(attemptKey(to, u16(bytes, at + 1 + size)), thread, false);
  }

  private put(key: string, thread: Thread, server: boolean): void {
    const main = mainThread(thread) ?? thread;
    const { entries } = this;
    let entry = entries.get(key);
    if (entry !== undefined) entries.delete(key);
    else {
      if (entries.size >= this.most) this.dropOldest();
      entry = { client: undefined, server: undefined, time: 0 };
    }
    entry.time = this.clock;
    entries.set(key, entry);
    const before = server ? entry.server : entry.client;
    if (before?.thread === main && before.ended === 0) return;
    const party = this.partyOf(main);
    party.uses++;
    if (server) entry.server = party;
    else entry.client = party;
    if (before !== undefined) this.release(before);
  }

  private partyOf(main: Thread): FlowProcess {
    let party = this.parties.get(main);
    if (party === undefined) {
      party = { thread: main, lineage: undefined, ended: 0, uses: 0 };
      if (main.known) this.parties.set(main, party);
    }
    return party;
  }

  private release(party: FlowProcess): void {
    if (--party.uses === 0) this.parties.delete(party.thread);
  }

  private dropOldest(): void {
    for (const [key, entry] of this.entries) {
      this.drop(key, entry);
      return;
    }
  }

  private drop(key: string, { client, server }: Entry): void {
    this.entries.delete(key);
    if (client !== undefined) this.release(client);
    if (server !== undefined) this.release(server);
  }

  private sweep(): void {
    this.swept = this.clock;
    for (const [key, entry] of this.entries) {
      if (!this.isKept(entry.client) && !this.isKept(entry.server)) this.drop(key, entry);
    }
  }

  private isKept(party: FlowProcess | undefined): boolean {
    if (party === undefined) return false;
    if (party.ended === 0 && !party.thread.known) this.end(party); // its id is another's now: its end was missed
    return party.ended === 0 || this.clock - party.ended <= this.keep;
  }

  private end(party: FlowProcess): void {
    party.ended = Math.max(this.clock, 1);
    this.parties.delete(party.thread);
    party.thread.fds.drop(() => true); // nobody asks any more, and there may be many
  }

  // ---- the end of processes ----

  /**
   * To be called around the moment that the machine forgets a thread: remembers who its ancestors are while they are
   * still to be found.
   */
  around(thread: Thread, forget: () => void): void {
    const main = mainThread(thread) ?? thread;
    const party = this.parties.get(main);
    if (party === undefined) {
      forget();
      return;
    }
    const lineage = lineageOf(this.machine, main);
    forget();
    if (main.known) return;
    party.lineage = lineage;
    this.end(party);
  }

  // ---- what others ask ----

  /** Whose flow it is; where both ends are processes of this machine, the one that began. */
  find(flow: Flow): FlowOwner | undefined {
    const { protocol } = flow;
    return (
      this.inEntry(keyOf(flow)) ??
      (protocol === IpNumber.UDP
        ? (this.inEntry(halfKey(flow, false)) ?? this.inEntry(halfKey(flow, true)))
        : undefined) ??
      (protocol === IpNumber.TCP ? this.attempt(flow) : undefined) ??
      this.listener(protocol, flow.destination, flow.destinationPort) ??
      this.listener(protocol, flow.source, flow.sourcePort)
    );
  }

  /**
   * Looks for a TCP flow among the sockets of which no event has told more than that they are there: a call may be
   * connecting one.
   * @param endsOf tells the ends of a process's descriptor
   * @returns whether its process was found, which is remembered
   */
  search(flow: Flow, endsOf: (pid: number, fd: number) => Flow | undefined): boolean {
    const key = keyOf(flow);
    for (const thread of this.machine.threads.values()) {
      if (!isMainThread(thread)) continue;
      for (const [number, fd] of thread.fds.entries()) {
        if (socketProtocol(fd) !== IpNumber.TCP || isServer(fd) || fd.dport !== 0) continue;
        const ends = endsOf(thread.pid, number);
        if (ends === undefined || keyOf(ends) !== key) continue;
        this.put(key, thread, false);
        return true;
      }
    }
    return false;
  }

  private inEntry(key: string): FlowOwner | undefined {
    const entry = this.entries.get(key);
    if (entry === undefined) return undefined;
    const { client, server } = entry;
    if (client !== undefined && this.isKept(client)) return { process: client, isInitiator: true };
    return server !== undefined && this.isKept(server) ? { process: server, isInitiator: false } : undefined;
  }

  private attempt({ source, destination, destinationPort }: Flow): FlowOwner | undefined {
    const key = attemptKey(destination, destinationPort);
    const entry = this.entries.get(key);
    if (entry === undefined || this.clock - entry.time > ATTEMPT) return undefined;
    const isFromHere = this.machine.interfaceTable.has(source) || entry.client?.thread.containerId !== "";
    return isFromHere ? this.inEntry(key) : undefined;
  }

  private listener(protocol: number, address: string, port: number): FlowOwner | undefined {
    const listensAt = (at: string): FlowOwner | undefined =>
      this.inEntry(listenerKey(protocol, port, at, false)) ?? this.inEntry(listenerKey(protocol, port, at, true));
    const exact = listensAt(address);
    if (exact !== undefined || !this.machine.interfaceTable.has(address)) return exact;
    return (address.length === 4 ? listensAt(ANY_4) : undefined) ?? listensAt(ANY_6);
  }
}

/** Where the exit of a connect carries both ends, and the address that was asked for. */
const TUPLE = 1;
const ADDRESS = 3;

const ANY_4 = "\0".repeat(4);
const ANY_6 = "\0".repeat(16);

/** Bytes of an address of a family; 0 for those that are not of the internet. */
function sizeOf(family: number): number {
  return family === AddressFamily.INET ? 4 : family === AddressFamily.INET6 ? 16 : 0;
}

/** The address of `size` bytes; of an IPv4 one in IPv6 form, the IPv4 one. */
function endAt(bytes: Uint8Array, at: number, size: number): string {
  return byteString(bytes, size === 16 && isMapped(bytes, at) ? at + 12 : at, at + size);
}

/** The ends that a connect states. */
function flowIn(event: Observed): Flow | undefined {
  const { bytes } = event;
  const at = event.offset(TUPLE) + 1;
  const size = sizeOf(bytes[at - 1]!);
  if (size === 0) return undefined;
  const to = at + size + 2;
  return {
    protocol: IpNumber.TCP,
    source: endAt(bytes, at, size),
    destination: endAt(bytes, to, size),
    sourcePort: u16(bytes, at + size),
    destinationPort: u16(bytes, to + size),
  };
}

/** The same for both directions. */
function keyOf({ protocol, source, destination, sourcePort, destinationPort }: Flow): string {
  const from = source + String.fromCharCode(sourcePort & 0xffff);
  const to = destination + String.fromCharCode(destinationPort & 0xffff);
  const mark = String.fromCharCode(protocol);
  return from < to ? mark + from + to : mark + to + from;
}

/** A flow without the address of the local end, which is the destination or the source. */
function halfKey(
  { protocol, source, destination, sourcePort, destinationPort }: Flow,
  localIsDestination: boolean,
): string {
  return localIsDestination
    ? `h${String.fromCharCode(protocol, destinationPort & 0xffff, sourcePort & 0xffff)}${source}`
    : `h${String.fromCharCode(protocol, sourcePort & 0xffff, destinationPort & 0xffff)}${destination}`;
}

function attemptKey(address: string, port: number): string {
  return `a${String.fromCharCode(port)}${address}`;
}

/** Containers may have networks of their own, so that theirs don't count where one of the host listens at the same. */
function listenerKey(protocol: number, port: number, address: string, inContainer: boolean): string {
  return `${inContainer ? "c" : "l"}${String.fromCharCode(protocol, port & 0xffff)}${address}`;
}

/** A process and its ancestors, those first that are nearer; of each that is known by another thread, its main one too. */
function lineageOf(machine: Machine, main: Thread): readonly Thread[] {
  const lineage: Thread[] = [main];
  let at: Thread | undefined = main;
  while (at !== undefined && lineage.length < MOST_ANCESTORS) {
    const parent: Thread | undefined = machine.threads.get(at.ptid);
    if (parent === undefined || lineage.includes(parent)) break;
    lineage.push(parent);
    const mainOfParent = mainThread(parent);
    if (mainOfParent !== undefined && mainOfParent !== parent) lineage.push(mainOfParent);
    at = parent;
  }
  return lineage;
}
