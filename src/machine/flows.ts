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
  /**
   * Maximum number of entries, 65,536 by default. Flows of datagrams have two entries. The oldest are dropped first.
   */
  readonly most?: number;
  /** How long flows are kept after the exit of their process, in nanoseconds; five minutes by default. */
  readonly keep?: number;
}

const MAX_ENTRIES = 65_536;
const KEEP = 300e9;
/** Interval between two removals of expired flows, in nanoseconds. */
const SWEEP = 60e9;
/** How long a failed connect is used to attribute flows to its destination, in nanoseconds. */
const ATTEMPT = 10e9;
/** Approximate maximum number of threads in the stored lineage of an exited process. */
const MAX_ANCESTORS = 64;

/** A process that owns flows. */
export interface FlowProcess {
  /** The main thread of the process. */
  readonly thread: Thread;
  /** The process and its ancestors at the time of its exit; undefined while it runs, or if its exit was missed. */
  lineage: readonly Thread[] | undefined;
  /** Exit time: nanoseconds since the epoch; 0 while the process runs. */
  ended: number;
  /** Number of references from entries of the table. */
  uses: number;
}

/** The processes at both ends of a flow. */
interface Entry {
  /** The process that initiated the flow. */
  client: FlowProcess | undefined;
  /** The process that accepted the flow or listens. */
  server: FlowProcess | undefined;
  /** Time of the last update: nanoseconds since the epoch. */
  time: number;
}

/** The process that owns a flow. */
export interface FlowOwner {
  readonly process: FlowProcess;
  /** Whether the process initiated the flow. */
  readonly isInitiator: boolean;
}

/**
 * Maps flows to processes. System calls add flows; events of a network IDS or a firewall look them up, in either
 * direction. The table is bounded. Flows are kept for some time after the exit of their process.
 */
export class Flows {
  private readonly machine: Machine;
  private readonly most: number;
  private readonly keep: number;
  /** Entries by {@link keyOf} and the other keys, the latest last. */
  private readonly entries = new Map<string, Entry>();
  /** Running processes that own flows, by main thread. */
  private readonly parties = new Map<Thread, FlowProcess>();
  /** The time of the last event: nanoseconds since the epoch. */
  private clock = 0;
  private swept = 0;

  constructor(machine: Machine, { most = MAX_ENTRIES, keep = KEEP }: FlowLimits = {}) {
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

  // ---- recording system calls ----

  /** Records the flow of an event that the machine has observed. */
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

  /** Records the flows of a thread that was read from `/proc`. */
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
    // A datagram socket that is not bound has no known local address.
    if (flow.protocol === IpNumber.UDP) this.put(server ? halfKey(flow, true) : halfKey(flow, false), thread, server);
  }

  /** Records a failed connect. Its local end may be unknown. */
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
    if (party.ended === 0 && !party.thread.known) this.end(party); // the exit event was missed
    return party.ended === 0 || this.clock - party.ended <= this.keep;
  }

  private end(party: FlowProcess): void {
    party.ended = Math.max(this.clock, 1);
    this.parties.delete(party.thread);
    party.thread.fds.drop(() => true); // the descriptors are no longer needed
  }

  // ---- exit of processes ----

  /** Calls `forget`, which removes a thread. If the thread's process owns flows, its ancestors are stored first. */
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

  // ---- lookup ----

  /** The process that owns a flow. If both ends are local, the process that initiated the flow. */
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
   * Searches for a TCP flow among sockets that are not known to be connected, since a connect may be pending. Records
   * the process that is found.
   * @param endsOf returns the current ends of a descriptor of a process
   * @returns whether a process was found
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

/** Indices of the tuple and the requested address in the exit event of a connect. */
const TUPLE = 1;
const ADDRESS = 3;

const ANY_4 = "\0".repeat(4);
const ANY_6 = "\0".repeat(16);

/** Size of an address in bytes by address family; 0 for other families. */
function sizeOf(family: number): number {
  return family === AddressFamily.INET ? 4 : family === AddressFamily.INET6 ? 16 : 0;
}

/** The address of `size` bytes at an offset. A mapped IPv4 address is returned as IPv4. */
function endAt(bytes: Uint8Array, at: number, size: number): string {
  return byteString(bytes, size === 16 && isMapped(bytes, at) ? at + 12 : at, at + size);
}

/** The flow between the two ends in a connect event; undefined if the address family is not IPv4 or IPv6. */
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

/** Key of a flow, the same for both directions. */
function keyOf({ protocol, source, destination, sourcePort, destinationPort }: Flow): string {
  const from = source + String.fromCharCode(sourcePort & 0xffff);
  const to = destination + String.fromCharCode(destinationPort & 0xffff);
  const mark = String.fromCharCode(protocol);
  return from < to ? mark + from + to : mark + to + from;
}

/** Key of a flow without the address of the local end. That end is the destination or the source. */
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

/** Key of a listening socket. Listeners on the host take precedence, because containers may have their own networks. */
function listenerKey(protocol: number, port: number, address: string, inContainer: boolean): string {
  return `${inContainer ? "c" : "l"}${String.fromCharCode(protocol, port & 0xffff)}${address}`;
}

/** A process and its ancestors, nearest first. Each is represented by its main thread. */
function lineageOf(machine: Machine, main: Thread): readonly Thread[] {
  const lineage: Thread[] = [main];
  let at: Thread | undefined = main;
  while (at !== undefined && lineage.length < MAX_ANCESTORS) {
    const parent: Thread | undefined = machine.threads.get(at.ptid);
    if (parent === undefined || lineage.includes(parent)) break;
    lineage.push(parent);
    const mainOfParent = mainThread(parent);
    if (mainOfParent !== undefined && mainOfParent !== parent) lineage.push(mainOfParent);
    at = parent;
  }
  return lineage;
}
