/**
 * Numbers pairs of integers in the order of their first occurrence. Stores a million pairs without allocating an object
 * for each pair.
 */
export class PairIndex {
  /** Number of distinct pairs. */
  size = 0;
  private slots = new Int32Array(1024).fill(-1);
  private first = new Int32Array(512);
  private second = new Int32Array(512);

  /** The number of a pair. A new pair gets the previous {@link size}. */
  number(a: number, b: number): number {
    const mask = this.slots.length - 1;
    let at = slotOf(a, b) & mask;
    for (let known = this.slots[at] ?? -1; known >= 0; known = this.slots[at] ?? -1) {
      if (this.first[known] === a && this.second[known] === b) return known;
      at = (at + 1) & mask;
    }
    const number = this.size++;
    this.slots[at] = number;
    this.first[number] = a;
    this.second[number] = b;
    if (this.size === this.first.length) this.grow();
    return number;
  }

  private grow(): void {
    const { first, second, size } = this;
    this.first = new Int32Array(size * 2);
    this.second = new Int32Array(size * 2);
    this.first.set(first);
    this.second.set(second);
    this.slots = new Int32Array(size * 4).fill(-1);
    const mask = this.slots.length - 1;
    for (let number = 0; number < size; number++) {
      let at = slotOf(first[number] ?? 0, second[number] ?? 0) & mask;
      while (this.slots[at] !== -1) at = (at + 1) & mask;
      this.slots[at] = number;
    }
  }
}

function slotOf(a: number, b: number): number {
  let mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  return (mixed ^ (mixed >>> 13)) >>> 0;
}
