/** Maximum number of probes per lookup. It limits the cost of deliberate hash collisions. */
const MAX_PROBES = 16;

export interface InternerLimits {
  /** Maximum number of stored values; a power of two. */
  readonly entries: number;
  /** Maximum total size of the stored values, in bytes. */
  readonly bytes: number;
}

/**
 * Maps equal bytes to the same value, so that frequent names and arguments are decoded only once. The table is cleared
 * when it is full; equal bytes may then get a new value.
 */
export class Interner<T> {
  private readonly make: (bytes: Uint8Array, from: number, to: number) => T;
  private readonly limits: InternerLimits;
  private values: T[] = [];
  private hashes: Int32Array;
  /** Offsets of the values in the arena. Each value ends at the offset of the next value. */
  private starts: Int32Array;
  /** Hash table that contains index + 1 of each value. It has two slots per value. */
  private slots: Int32Array;
  private arena = new Uint8Array(4096);
  private arenaView = new DataView(this.arena.buffer);
  private used = 0;

  constructor(
    make: (bytes: Uint8Array, from: number, to: number) => T,
    limits: InternerLimits = { entries: 1 << 15, bytes: 4 << 20 },
  ) {
    this.make = make;
    this.limits = limits;
    this.hashes = new Int32Array(64);
    this.starts = new Int32Array(65);
    this.slots = new Int32Array(128);
  }

  /** Returns the value for the bytes from `from` to `to`. `view` must be a view of `bytes` with the same offsets. */
  get(bytes: Uint8Array, view: DataView, from: number, to: number): T {
    const hash = hashOf(view, from, to);
    const { slots, hashes } = this;
    const mask = slots.length - 1;
    let slot = hash & mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const index = slots[slot]! - 1;
      if (index < 0) return this.add(bytes, from, to, hash, slot);
      if (hashes[index] === hash && this.holds(index, view, from, to)) return this.values[index]!;
      slot = (slot + 1) & mask;
    }
    return this.make(bytes, from, to);
  }

  private holds(index: number, view: DataView, from: number, to: number): boolean {
    let at = this.starts[index]!;
    if (this.starts[index + 1]! - at !== to - from) return false;
    const { arenaView } = this;
    let i = from;
    for (; i + 8 <= to; i += 8, at += 8) {
      if (view.getInt32(i, true) !== arenaView.getInt32(at, true)) return false;
      if (view.getInt32(i + 4, true) !== arenaView.getInt32(at + 4, true)) return false;
    }
    for (; i < to; i++, at++) if (view.getUint8(i) !== arenaView.getUint8(at)) return false;
    return true;
  }

  private add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): T {
    const value = this.make(bytes, from, to);
    const size = to - from;
    if (size > this.limits.bytes / 16) return value;
    let free = slot;
    if (this.values.length === this.limits.entries || this.used + size > this.limits.bytes) {
      this.clear();
      free = hash & (this.slots.length - 1);
    }
    if (this.values.length === this.hashes.length) {
      this.grow();
      free = this.freeSlot(hash);
      if (free < 0) return value;
    }
    if (this.used + size > this.arena.length) this.growArena(this.used + size);
    this.arena.set(bytes.subarray(from, to), this.used);
    this.used += size;
    const index = this.values.push(value) - 1;
    this.hashes[index] = hash;
    this.starts[index + 1] = this.used;
    this.slots[free] = index + 1;
    return value;
  }

  private freeSlot(hash: number): number {
    const mask = this.slots.length - 1;
    for (let probe = 0, slot = hash & mask; probe < MAX_PROBES; probe++, slot = (slot + 1) & mask) {
      if (this.slots[slot] === 0) return slot;
    }
    return -1;
  }

  private grow(): void {
    const size = this.hashes.length * 2;
    const { hashes, starts } = this;
    this.hashes = new Int32Array(size);
    this.hashes.set(hashes);
    this.starts = new Int32Array(size + 1);
    this.starts.set(starts);
    this.slots = new Int32Array(size * 2);
    for (let index = 0; index < this.values.length; index++) {
      const slot = this.freeSlot(hashes[index]!);
      if (slot >= 0) this.slots[slot] = index + 1; // without a free slot, the value is dropped
    }
  }

  private growArena(size: number): void {
    let length = this.arena.length;
    while (length < size) length *= 2;
    const arena = new Uint8Array(length);
    arena.set(this.arena);
    this.arena = arena;
    this.arenaView = new DataView(arena.buffer);
  }

  private clear(): void {
    this.values = [];
    this.slots.fill(0);
    this.used = 0;
  }
}

function hashOf(view: DataView, from: number, to: number): number {
  let hash = to - from;
  let at = from;
  // Process two words per step, because their multiplications can run in parallel.
  for (; at + 8 <= to; at += 8) {
    hash = mix(hash, view.getInt32(at, true) + Math.imul(view.getInt32(at + 4, true), 0x85ebca6b));
  }
  for (; at + 4 <= to; at += 4) hash = mix(hash, view.getInt32(at, true));
  for (; at < to; at++) hash = mix(hash, view.getUint8(at));
  return hash ^ (hash >>> 15);
}

function mix(hash: number, word: number): number {
  const product = Math.imul(hash ^ word, 0x9e3779b1);
  return product ^ (product >>> 17);
}
