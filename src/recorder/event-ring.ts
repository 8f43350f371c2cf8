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
  /** Maximum bytes in memory, compressed or not. */
  readonly size: number;
  /** Milliseconds of events for a capture, at least. */
  readonly before: number;
  /** Milliseconds after which events are dropped; as `before`, unless stated. */
  readonly keep?: number;
  /** Called during long work, so that the source drops no events. */
  readonly relieve?: () => void;
  /** Milliseconds on any clock, to limit the time spent on states. */
  readonly now?: () => number;
}

/** Bytes of a chunk, and those left in it when it is closed. */
const [CHUNK, MARGIN] = [1 << 20, 1 << 16];
/** A state is taken in each of these parts of the ring, and of the time. */
const [STATES, STATES_IN_TIME] = [8, 3];
/** States take less than this part of the time. */
const STATE_SHARE = 1 / 20;
/** Nanoseconds in a millisecond. */
const MS = 1e6;
/** The compressed part of events, until it was measured. */
const RATIO = 0.2;

/**
 * Stores the last events of a source in memory as parts of a capture, with the state of the machine from time to time.
 * The cost is a copy of each event, compression in another thread, and the states.
 */
export class EventRing implements Source {
  readonly name: string;
  /** Receives each piece of events as soon as it is complete. */
  onPiece: ((piece: Piece) => void) | undefined = undefined;
  /** Time in nanoseconds, and number of further events, at which {@link onStop} is called. */
  stopAt = Number.POSITIVE_INFINITY;
  stopAfter = Number.POSITIVE_INFINITY;
  onStop: (() => void) | undefined = undefined;
  /** Events in the open chunk. */
  private events = 0;
  private readonly source: Source;
  private readonly machine: Machine;
  /** Maximum bytes in memory. */
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
  /** Time at which the open chunk is closed; the first state is taken before the first event. */
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
  /** The containers of each state. */
  private readonly containers = new WeakMap<Piece, ReadonlySet<Container>>();
  /** Containers whose metadata the last window, or a piece after it, has. */
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

  /** Bytes in memory, without the open chunk. */
  get stored(): number {
    return this.bytes;
  }

  snapshot(sink: SnapshotSink): void {
    this.source.snapshot(sink);
  }

  next(event: Event): boolean {
    // The machine has the state after the previous events; a state is valid only between two events.
    if (this.chunk.end > this.chunkSize - MARGIN || this.time >= this.deadline) this.turn();
    if (!this.source.next(event)) return false;
    // Notes of the sensor to the agent are no events of the machine.
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
   * The pieces of a capture that begins at least `before` milliseconds ago, if it is in memory: a state, and the events
   * after it. They are held until the caller releases them.
   * @param most bytes, if there is a state after which they are fewer
   * @param all begins with the first event in memory
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

  /** A window with the metadata of containers that runtimes described after its state. */
  private withContainers([state, ...events]: Piece[]): Piece[] {
    if (state === undefined) return [];
    this.written = new Set(this.containers.get(state));
    return [state, ...this.lateContainers(state.begin), ...events];
  }

  /** The metadata of containers that {@link written} lacks, as a piece. @param time nanoseconds since the epoch */
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

  /** The events in memory after the present state, if their own was dropped. */
  private withLateState(): Piece[] {
    const events = held([...this.pieces]);
    this.takeState();
    return [...this.pieces.slice(-1), ...events];
  }

  /** Closes the open chunk, so that its events are a piece. */
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

  /** Inserts the event of an account before the event that the machine observes now. */
  private readonly insert = (_code: number, bytes: Uint8Array): void => {
    if (this.time === 0) return; // the first state follows
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

  /** Drops the oldest pieces that are too many, and those before the last state that is old enough. */
  private evict(): void {
    const { pieces } = this;
    const since = this.time - this.keep;
    let drop = 0;
    for (let i = 1; i < pieces.length; i++) if (pieces[i]!.isState && pieces[i]!.begin <= since) drop = i;
    let left = this.bytes;
    for (let i = 0; i < drop; i++) left -= pieces[i]!.size;
    while (left > this.size && drop < pieces.length - 1) left -= pieces[drop++]!.size;
    // A capture begins with a state.
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
