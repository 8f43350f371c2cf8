import { getRandomValues } from "node:crypto";

/** Number of slots of an empty set, and maximum fraction of used slots. */
const FEWEST_SLOTS = 1024;
const FULLEST = 0.8;

/** Returns the maximum number of strings in a set, by its number of slots. A slot has 8 bytes. */
export const textsFor = (slots: number): number => Math.floor(slots * FULLEST);

/** Seeds of the hashes. They are random per process, so that a sender cannot choose strings with equal hashes. */
const [SEED_A = 0, SEED_B = 0] = getRandomValues(new Uint32Array(2));

/** A set of strings. It stores only 64-bit hashes, and requires 10 to 20 bytes per string. */
export class HashSet {
  size = 0;
  /** Two numbers per hash; both are zero in an empty slot. */
  private slots = new Uint32Array(2 * FEWEST_SLOTS);

  /** Adds a string. @returns false if the set already contains the string */
  add(text: string): boolean {
    const slot = this.slotOf(text);
    if (this.slots[slot] !== 0) return false;
    this.slots[slot] = high;
    this.slots[slot + 1] = low;
    this.size++;
    if (this.size > textsFor(this.slots.length / 2)) this.grow();
    return true;
  }

  has(text: string): boolean {
    return this.slots[this.slotOf(text)] !== 0;
  }

  /** Returns the slot of a string, or the empty slot for it. */
  private slotOf(text: string): number {
    hash(text);
    return find(this.slots, high, low);
  }

  private grow(): void {
    const before = this.slots;
    const slots = new Uint32Array(2 * before.length);
    for (let at = 0; at < before.length; at += 2) {
      const [first = 0, second = 0] = before.subarray(at, at + 2);
      if (first === 0) continue;
      const slot = find(slots, first, second);
      slots[slot] = first;
      slots[slot + 1] = second;
    }
    this.slots = slots;
  }
}

function find(slots: Uint32Array, first: number, second: number): number {
  const mask = slots.length - 2;
  let slot = (second << 1) & mask;
  while (slots[slot] !== 0 && (slots[slot] !== first || slots[slot + 1] !== second)) slot = (slot + 2) & mask;
  return slot;
}

/** Hash that was computed last, as two unsigned 32-bit numbers; the first is not 0. */
let [high, low] = [1, 0];

/** Computes two multiplicative hashes and mixes them (cyrb53). */
function hash(text: string): void {
  let [a, b] = [SEED_A, SEED_B];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 2654435761);
    b = Math.imul(b ^ code, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  high = a >>> 0 || 1;
  low = b >>> 0;
}
