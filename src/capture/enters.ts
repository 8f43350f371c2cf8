import { Event } from "../event/event.ts";

/** Maximum number of pending calls, and maximum total size of their enter events in bytes. */
const MAX_CALLS = 1 << 16;
const MAX_BYTES = 1 << 26;

interface Slot {
  bytes: Uint8Array;
  view: DataView;
  /** Code of the event in `bytes`; -1 if the slot is empty. */
  type: number;
}

/** Stores the last enter event of each thread until the corresponding exit event is read. */
export class EnterStore {
  private readonly slots = new Map<number, Slot>();
  private readonly cursor = new Event();
  private bytes = 0;

  keep(event: Event): void {
    const { size } = event;
    let slot = this.slots.get(event.tid);
    if (slot === undefined || slot.bytes.length < size) {
      if (slot !== undefined) this.bytes -= slot.bytes.length;
      const bytes = new Uint8Array(Math.max(256, size + 64));
      slot = { bytes, view: new DataView(bytes.buffer), type: -1 };
      this.slots.set(event.tid, slot);
      this.bytes += bytes.length;
      if (this.slots.size > MAX_CALLS || this.bytes > MAX_BYTES) this.forgetOldest(event.tid);
    }
    slot.bytes.set(event.bytes.subarray(event.at, event.at + size));
    slot.type = event.type;
  }

  /** Returns the enter event of a thread, valid until the next call; undefined unless it has one of the two codes. */
  find(tid: number, type: number, otherType: number): Event | undefined {
    const slot = this.slots.get(tid);
    if (slot === undefined || (slot.type !== type && slot.type !== otherType) || slot.type < 0) return undefined;
    this.cursor.place(slot.bytes, slot.view, 0, 0, 2);
    return this.cursor;
  }

  release(tid: number): void {
    const slot = this.slots.get(tid);
    if (slot !== undefined) slot.type = -1;
  }

  clear(): void {
    this.slots.clear();
    this.bytes = 0;
  }

  private forgetOldest(except: number): void {
    for (const [tid, slot] of this.slots) {
      if (tid === except) continue;
      this.slots.delete(tid);
      this.bytes -= slot.bytes.length;
      if (this.slots.size <= MAX_CALLS / 2 && this.bytes <= MAX_BYTES / 2) return;
    }
  }
}
