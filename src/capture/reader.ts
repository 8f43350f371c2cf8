import { EVENT_TYPES } from "../event/code.ts";
import { type Event, HEADER_SIZE } from "../event/event.ts";
import { EventFlag } from "../event/schema.ts";
import type { SnapshotSink } from "../event/snapshot.ts";
import { eventFlags } from "../event/types.ts";
import {
  BLOCK_FRAME,
  BLOCK_HEAD,
  Block,
  BYTE_ORDER_MAGIC,
  type EventForm,
  eventForm,
  MAJOR_VERSION,
  threadsVersion,
} from "./blocks.ts";
import { Body, MalformedError } from "./body.ts";
import { Converter, presentForm } from "./convert.ts";
import { readDescriptors } from "./descriptors.ts";
import { type ByteInput, Window } from "./input.ts";
import { readAccounts, readInterfaces, readMachine } from "./lists.ts";
import { readThreads } from "./threads.ts";
import { UncountedEvents } from "./uncounted-events.ts";

/** Maximum size of an event, in bytes. Typical events have at most a few kilobytes. */
const LARGEST_EVENT = 1 << 26;

/**
 * Reads the events of a capture (`.scap`) without copying them, and with bounded memory. Events of old captures are
 * converted to the current form, with one event per system call. Damaged parts are skipped or end the capture early.
 * {@link warning} describes the damage.
 */
export class CaptureReader {
  /** Description of damage to the file. Set after {@link next} has returned false; undefined if there is no damage. */
  warning: string | undefined;
  /** Number of events that {@link next} has returned. */
  count = 0;
  private readonly window: Window;
  private readonly converter = new Converter();
  private readonly uncounted = new UncountedEvents();
  private sink: SnapshotSink | undefined;
  private started = false;
  private over = false;
  private broken = 0;
  private firstBroken = 0;

  constructor(input: ByteInput) {
    this.window = new Window(input);
  }

  /**
   * Reads the snapshot of the machine up to the first event, and passes it to `sink`. Later parts of a snapshot are
   * passed to `sink` by {@link next}. Call this once, before `next`.
   */
  snapshot(sink: SnapshotSink): void {
    this.sink = sink;
    this.start();
  }

  /**
   * Points `event` at the next event, which is valid until the next call. Returns false at the end, or if the input
   * currently has no bytes.
   */
  next(event: Event): boolean {
    if (!this.started) this.start();
    const { window } = this;
    for (;;) {
      if (this.over || (window.end - window.at < BLOCK_HEAD && !window.need(BLOCK_HEAD))) return this.finish();
      const block = window.view.getUint32(window.at, true);
      let lead = 0;
      if (block === Block.event2) lead = 2;
      else if (block === Block.flaggedEvent2) lead = 6;
      else {
        const form = eventForm(block);
        if (form === undefined) {
          this.readOther(block);
          continue;
        }
        if (!form.counted) {
          if (this.nextUncounted(event, form)) return true;
          continue;
        }
        lead = form.lead;
      }
      const size = this.enter();
      if (size === 0) continue;
      const begin = window.at;
      const at = begin + BLOCK_HEAD + lead;
      window.at = begin + size;
      const { view } = window;
      const room = size - BLOCK_FRAME - lead;
      const type = room < HEADER_SIZE ? 0 : view.getUint16(at + 20, true);
      // Skip event types of a newer schema, whose parameters are unknown.
      if (type >= EVENT_TYPES) continue;
      const lengthSize = eventFlags[type]! & EventFlag.largePayload ? 4 : 2;
      const cpu = view.getUint16(begin + BLOCK_HEAD, true);
      if (!event.placeWithin(window.bytes, view, at, room, cpu, lengthSize)) {
        this.leaveOut(begin);
        continue;
      }
      if (event.count !== presentForm[type] && !this.converter.convert(event)) continue;
      event.flags = lead === 2 ? 0 : view.getUint32(begin + BLOCK_HEAD + 2, true);
      event.num = ++this.count;
      return true;
    }
  }

  /** Reads a complete event block into the window. @returns the size of the block; 0 if it is damaged */
  private enter(): number {
    const { window } = this;
    const size = window.view.getUint32(window.at + 4, true);
    if (size < BLOCK_FRAME || size > LARGEST_EVENT) {
      this.stop(`the length of an event block is invalid (${size} bytes)`);
      return 0;
    }
    if (window.end - window.at < size && !window.need(size)) {
      this.stop("the file ends in the middle of an event");
      return 0;
    }
    if (window.view.getUint32(window.at + size - 4, true) !== size) {
      this.stop("the two lengths of an event block differ");
      return 0;
    }
    return size;
  }

  private nextUncounted(event: Event, form: EventForm): boolean {
    const size = this.enter();
    if (size === 0) return false;
    const { window } = this;
    const begin = window.at;
    window.at = begin + size;
    const cpu = window.view.getUint16(begin + BLOCK_HEAD, true);
    const body = begin + BLOCK_HEAD + form.lead;
    const verdict = this.uncounted.place(event, window.bytes, window.view, body, begin + size - 4, cpu);
    if (verdict === "unknown") return false;
    if (verdict === "broken") {
      this.leaveOut(begin);
      return false;
    }
    if (event.count !== presentForm[event.type] && !this.converter.convert(event)) return false;
    event.flags = form.lead === 2 ? 0 : window.view.getUint32(begin + BLOCK_HEAD + 2, true);
    event.num = ++this.count;
    return true;
  }

  /** Reads the blocks before the first event. */
  private start(): void {
    const { window } = this;
    const isThere = window.need(BLOCK_HEAD);
    if (!isThere && window.waits) return;
    this.started = true;
    if (!isThere || window.view.getUint32(window.at, true) !== Block.section) {
      this.over = true;
      this.warning = window.failure ?? "not a capture: the file does not begin with a section header";
      return;
    }
    while (!this.over && window.need(BLOCK_HEAD)) {
      const block = window.view.getUint32(window.at, true);
      if (eventForm(block) !== undefined) return;
      this.readOther(block);
    }
  }

  /** Reads a block that is not an event. */
  private readOther(block: number): void {
    const { window } = this;
    const begin = window.offset;
    const size = window.view.getUint32(window.at + 4, true);
    if (size < BLOCK_FRAME) {
      this.stop(`the length of a block is invalid (${size} bytes)`);
      return;
    }
    window.at += BLOCK_HEAD;
    try {
      this.readBody(block, new Body(window, size - BLOCK_FRAME));
    } catch (error) {
      if (!(error instanceof MalformedError)) throw error;
      this.stop(error.message, begin);
      return;
    }
    if (!window.need(4)) this.stop("the file ends in the middle of a block", begin);
    else if (window.view.getUint32(window.at, true) !== size) this.stop("the two lengths of a block differ", begin);
    else window.at += 4;
  }

  private readBody(block: number, body: Body): void {
    const { sink } = this;
    const version = threadsVersion(block);
    if (block === Block.section) this.readSection(body);
    else if (sink === undefined) body.skip(body.left);
    else if (version > 0) readThreads(body, version, (record) => sink.thread(record));
    else {
      switch (block) {
        case Block.machine:
        case Block.machineInternal:
          sink.machine(readMachine(body));
          break;
        case Block.descriptors:
        case Block.descriptorsInternal:
        case Block.descriptors2:
          readDescriptors(body, block === Block.descriptors2, (pid, records) => sink.descriptors(pid, records));
          break;
        case Block.interfaces:
        case Block.interfacesInternal:
        case Block.interfaces2:
          sink.interfaces(readInterfaces(body, block === Block.interfaces2));
          break;
        case Block.accounts:
        case Block.accountsInternal:
        case Block.accounts2: {
          const { users, groups } = readAccounts(body, block === Block.accounts2);
          sink.accounts(users, groups);
          break;
        }
        default:
          body.skip(body.left);
      }
    }
  }

  private readSection(body: Body): void {
    const magic = body.u32();
    if (magic !== BYTE_ORDER_MAGIC) throw new MalformedError("the byte order is not little-endian");
    const major = body.u16();
    if (major > MAJOR_VERSION) throw new MalformedError(`format version ${major} is not supported`);
    body.skip(body.left);
    if (this.count > 0) {
      this.converter.reset();
      this.sink?.restart?.();
    }
  }

  private leaveOut(at: number): void {
    if (this.broken++ === 0) this.firstBroken = this.window.offset - this.window.at + at;
  }

  private stop(reason: string, offset: number = this.window.offset): void {
    this.over = true;
    const cause = this.window.failure === undefined ? reason : `${reason} (${this.window.failure})`;
    this.warning = `stopped reading the capture at byte ${offset} after ${this.count} events: ${cause}`;
  }

  private finish(): boolean {
    const { window } = this;
    if (!this.over) {
      if (window.waits) return false;
      if (window.end > window.at) this.stop("the file ends in the middle of a block");
      else if (window.failure !== undefined) this.stop("the rest of the file cannot be read");
      this.over = true;
    }
    if (this.broken > 0) {
      const left = `${this.broken} malformed events skipped, the first at byte ${this.firstBroken}`;
      this.warning = this.warning === undefined ? left : `${this.warning}; ${left}`;
      this.broken = 0;
    }
    return false;
  }
}
