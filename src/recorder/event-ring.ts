import { EventCode } from "../event/code.ts";
import { Event, EventNote } from "../event/event.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import type { Container } from "../machine/container-info.ts";
import type { Machine } from "../machine/machine.ts";
import type { Source } from "../source/source.ts";
import { watchAccounts } from "./account-events.ts";
import { Chunk, sizeInCapture } from "./chunk.ts";
import { Packer, type Piece } from "./packer.ts";
import { containerBlocks, stateOf } from "./state.ts";

export interface EventRingOptions {
  /** Maximum size in memory, in bytes, including uncompressed events. */
  readonly size: number;
  /** Minimum time span of events before a match, in milliseconds. */
  readonly before: number;
  /** Time after which events are dropped, in milliseconds. Default: `before`. */
  readonly keep?: number;
  /** Called during long operations, so that no events of the source are dropped. */
  readonly relieve?: () => void;
  /** Returns the time of any clock, in milliseconds. Used to limit the time for writing states. */
  readonly now?: () => number;
}

/** Maximum size of a chunk, and free space below which a chunk is closed, in bytes. */
const [CHUNK, MARGIN] = [1 << 20, 1 << 16];
/** Number of states per `size` bytes of events, and per `before` milliseconds. */
const [STATES, STATES_IN_TIME] = [8, 3];
/** Maximum fraction of time for writing states. */
const STATE_SHARE = 1 / 20;
/** Nanoseconds in a millisecond. */
const MS = 1e6;
/** Estimated compression ratio before the first measurement. */
const RATIO = 0.2;

/**
 * Stores the latest events of a source in memory, as pieces of a capture, with regular snapshots of the machine's
 * state. Events are copied when they are read, and compressed in another thread.
 */
export class EventRing implements Source {
  readonly name: string;
  /** Called with each piece of events when it is complete. */
  onPiece: ((piece: Piece) => void) | undefined = undefined;
  /** Event time in nanoseconds since the epoch, and number of subsequent events, at which {@link onStop} is called. */
  stopAt = Number.POSITIVE_INFINITY;
  stopAfter = Number.POSITIVE_INFINITY;
  onStop: (() => void) | undefined = undefined;
  /** Number of events in the open chunk. */
  private events = 0;
  private readonly source: Source;
  private readonly machine: Machine;
  /** Maximum size in memory, in bytes. */
  readonly size: number;
  private readonly before: number;
  private readonly keep: number;
  private readonly chunkSize: number;
  private readonly now: () => number;
  private readonly relieve: (() => void) | undefined;
  private readonly packer = new Packer();
  private readonly free: Chunk[] = [];
  private chunk: Chunk;
  /** Offset of the last event in the open chunk. */
  private last = 0;
  private readonly account = new Event();
  /** Time of the first event in the open chunk. */
  private begin = 0;
  /** Event time at which the open chunk is closed. Initially 0, so that a state is written before the first event. */
  private deadline = 0;
  /** Time of the last event. */
  private time = 0;
  private pieces: Piece[] = [];
  private bytes = 0;
  private ratio = RATIO;
  private hasState = false;
  private stateTime = 0;
  private stateAllowedAt = 0;
  private bytesSinceState = 0;
  /** Containers that are contained in each state. */
  private readonly containers = new WeakMap<Piece, ReadonlySet<Container>>();
  /** Containers whose metadata is in the pieces that {@link window} returned last, or in a later piece. */
  private written = new Set<Container>();

  constructor(source: Source, machine: Machine, options: EventRingOptions) {
    const { size, before, keep = before, now = () => performance.now() } = options;
    this.name = source.name;
    this.source = source;
    this.machine = machine;
    this.size = size;
    this.now = now;
    this.relieve = options.relieve;
    this.before = before * MS;
    this.keep = keep * MS;
    this.chunkSize = Math.max(4 * MARGIN, Math.min(CHUNK, Math.floor(size / 16)));
    this.chunk = new Chunk(this.chunkSize);
    watchAccounts(machine, () => BigInt(this.time), this.insert);
  }

  /** Size of all pieces in memory, in bytes. Does not include the open chunk. */
  get stored(): number {
    return this.bytes;
  }

  snapshot(sink: SnapshotSink): void {
    this.source.snapshot(sink);
  }

  next(event: Event): boolean {
    // The state of the machine is consistent only between two events.
    if (this.chunk.end > this.chunkSize - MARGIN || this.time >= this.deadline) this.turn();
    if (!this.source.next(event)) return false;
    // Omit these events, which are messages from the sensor to the agent.
    if (event.type !== EventCode.SCAPEVENT_E) this.append(event);
    return true;
  }

  inserted(event: Event): void {
    this.append(event);
  }

  close(): void {
    this.source.close();
  }

  /**
   * Returns the pieces of a capture: a state that is at least `before` milliseconds old if possible, and all later
   * events. The pieces stay in memory until the caller releases them.
   * @param most maximum total size, in bytes. It is exceeded if the latest state and its events are larger
   * @param all whether the capture begins with the oldest state in memory
   */
  window(most: number, all = false): readonly Piece[] {
    this.cut();
    if (!this.hasState) return held(this.withContainers(this.withLateState()));
    const { pieces } = this;
    const since = all ? Number.NEGATIVE_INFINITY : this.time - this.before;
    let first = pieces.findLastIndex(({ isState }) => isState);
    let bytes = pieces.slice(first).reduce((sum, { size }) => sum + size, 0);
    for (let i = first - 1; i >= 0 && pieces[first]!.begin > since; i--) {
      bytes += pieces[i]!.size;
      if (bytes > most) break;
      if (pieces[i]!.isState) first = i;
    }
    return held(this.withContainers(pieces.slice(first).filter(({ isState }, i) => i === 0 || !isState)));
  }

  /** Adds the metadata of containers that runtimes reported after the state was written. */
  private withContainers([state, ...events]: Piece[]): Piece[] {
    if (state === undefined) return [];
    this.written = new Set(this.containers.get(state));
    return [state, ...this.lateContainers(state.begin), ...events];
  }

  /**
   * Returns the metadata of containers that are not in {@link written}, and adds these containers to it.
   * @param time nanoseconds since the epoch
   */
  private lateContainers(time: number): Piece[] {
    const late: Container[] = [];
    for (const one of this.machine.containerTable.values()) if (!this.written.has(one)) late.push(one);
    if (late.length === 0) return [];
    for (const one of late) this.written.add(one);
    const bytes = containerBlocks(late, BigInt(Math.round(time)));
    return [
      this.packer.pack(
        bytes,
        { isState: false, begin: time, events: 0 },
        () => {},
        () => {},
      ),
    ];
  }

  /** Returns the current state and all events in memory, for a ring whose earlier states were dropped. */
  private withLateState(): Piece[] {
    const events = held([...this.pieces]);
    this.takeState();
    return [...this.pieces.slice(-1), ...events];
  }

  /** Closes the open chunk and adds its events as a piece. */
  cut(): void {
    const { chunk, begin, events } = this;
    if (events === 0) return;
    const bytes = chunk.bytes.subarray(0, chunk.end);
    const release = (): void => {
      chunk.end = 0;
      if (chunk.bytes.length === this.chunkSize && this.free.length < STATES) this.free.push(chunk);
    };
    if (this.onPiece !== undefined) for (const late of this.lateContainers(begin)) this.onPiece(late);
    const piece = this.packer.pack(bytes, { isState: false, begin, events }, release, this.packed);
    this.add(piece);
    this.bytesSinceState += piece.rawSize * this.ratio;
    this.chunk = this.free.pop() ?? new Chunk(this.chunkSize);
    this.events = 0;
    this.last = 0;
    this.deadline = Number.POSITIVE_INFINITY;
    this.onPiece?.(piece);
  }

  private append(event: Event): void {
    this.time = event.timeNumber;
    this.last = this.chunk.end;
    if (!this.chunk.append(event)) {
      this.cut();
      const size = sizeInCapture(event);
      if (size > this.chunkSize) this.chunk = new Chunk(size);
      this.chunk.append(event);
    }
    this.added();
    this.stopAfter--;
    if (this.time >= this.stopAt || this.stopAfter <= 0) this.onStop?.();
  }

  private added(): void {
    if (this.events++ !== 0) return;
    this.begin = this.time;
    this.deadline = this.time + this.before / STATES_IN_TIME;
  }

  /** Inserts an account event before the event that the machine currently observes. */
  private readonly insert = (_code: number, bytes: Uint8Array): void => {
    if (this.time === 0) return; // the first state contains the account
    const { account } = this;
    account.place(bytes, new DataView(bytes.buffer), 0, 0, 2);
    account.flags = EventNote.STATE_ONLY;
    if (!this.chunk.insert(account, this.last)) {
      this.chunk = this.chunk.larger(sizeInCapture(account) + MARGIN);
      this.chunk.insert(account, this.last);
    }
    this.last += sizeInCapture(account);
    this.added();
  };

  private turn(): void {
    this.cut();
    const late = this.time - this.stateTime >= this.before / STATES_IN_TIME;
    const large = this.bytesSinceState >= this.size / STATES;
    if ((late || large || !this.hasState) && this.now() >= this.stateAllowedAt) this.takeState();
  }

  private takeState(): void {
    const { time } = this; // 0 before the first event
    const now = this.now();
    const limits = { most: this.size / 2, pause: this.relieve };
    const bytes = stateOf(this.machine, BigInt(Math.round(time || Date.now() * MS)), limits);
    this.stateAllowedAt = now + (this.now() - now) / STATE_SHARE;
    this.hasState = true;
    this.stateTime = time;
    this.bytesSinceState = 0;
    const state = this.packer.pack(bytes, { isState: true, begin: time, events: 0 }, () => {}, this.packed);
    this.containers.set(state, new Set(this.machine.containerTable.values()));
    this.add(state);
  }

  private readonly packed = (saved: number, piece: Piece): void => {
    if (!piece.isDropped) this.bytes -= saved;
    if (!piece.isState) this.ratio = (this.ratio + piece.size / piece.rawSize) / 2;
  };

  private add(piece: Piece): void {
    this.pieces.push(piece);
    this.bytes += piece.size;
    this.evict();
  }

  /** Drops the oldest pieces if they exceed the maximum size, and pieces before the latest state older than `keep`. */
  private evict(): void {
    const { pieces } = this;
    const since = this.time - this.keep;
    let drop = 0;
    for (let i = 1; i < pieces.length; i++) if (pieces[i]!.isState && pieces[i]!.begin <= since) drop = i;
    let left = this.bytes;
    for (let i = 0; i < drop; i++) left -= pieces[i]!.size;
    while (left > this.size && drop < pieces.length - 1) left -= pieces[drop++]!.size;
    // Drop events without a preceding state, since a capture begins with a state.
    while (drop > 0 && drop < pieces.length && !pieces[drop]!.isState) drop++;
    if (drop === 0) return;
    for (const piece of pieces.splice(0, drop)) {
      this.bytes -= piece.size;
      piece.isDropped = true;
    }
    this.hasState = pieces.length > 0;
  }
}

function held(pieces: Piece[]): Piece[] {
  for (const piece of pieces) piece.isHeld = true;
  return pieces;
}
