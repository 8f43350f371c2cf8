import { closeDescriptor, type Mapping, mapShared, Protection } from "./libc.ts";

/** Of the length word that leads every record of a BPF ring: being written, not to be read. */
const BUSY = 1 << 31;
const DISCARDED = 1 << 30;
const LENGTH = 0x3fffffff;
/** Bytes of what leads a record: its length, and an offset only the kernel needs. */
const RING_HEADER = 8;

/** Largest record: 64 KiB. What is copied at once must hold at least one. */
const COPIED = 256 * 1024;
/** Stretches of memory kept for setting aside again. */
const SPARE = 16;

/**
 * One ring that the kernel writes. Its records are copied out in stretches: that frees the ring early, and what is
 * read from then on is ordinary memory, of one typed array for all rings, which outlives the mapping.
 */
export class Ring {
  /** Records as they lay in the ring, from `at` to `end`, each padded to 8 bytes. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where the next record's content begins in `bytes`; `end + 8` when nothing is left. */
  at = RING_HEADER;
  end = 0;
  readonly fd: number;

  private readonly mask: number;
  private readonly consumer: Mapping;
  private readonly producer: Mapping;
  private readonly consumerWord: BigInt64Array;
  private readonly producerWord: Int32Array;
  private readonly words: Int32Array;
  private readonly data: Uint8Array;
  /** Position up to which was read, modulo 2^32: rings are smaller. */
  private position = 0;
  /** The same in full. */
  private full = 0n;
  /** What was set aside, oldest first, and the memory of what was read since, to be used again. */
  private readonly saved: { readonly bytes: Buffer; readonly size: number }[] = [];
  private readonly spare: Buffer[] = [];
  private savedBytes = 0;

  /** Takes over the descriptor of a ring of `size` bytes. */
  constructor(fd: number, size: number, pageSize: number) {
    this.fd = fd;
    this.mask = size - 1;
    this.consumer = mapShared(fd, 0, pageSize, Protection.READ | Protection.WRITE);
    // The producer's position, then the data twice in a row, so that no record is torn.
    this.producer = mapShared(fd, pageSize, pageSize + 2 * size, Protection.READ);
    this.consumerWord = new BigInt64Array(this.consumer.memory, 0, 1);
    this.producerWord = new Int32Array(this.producer.memory, 0, 2);
    this.words = new Int32Array(this.producer.memory, pageSize);
    this.data = new Uint8Array(this.producer.memory, pageSize);
    this.bytes = Buffer.allocUnsafeSlow(COPIED);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, COPIED);
  }

  /** Copies what has been written since; false where that is nothing. All records of before must have been read. */
  refill(): boolean {
    const saved = this.saved.shift();
    this.at = RING_HEADER;
    if (saved === undefined) {
      this.end = this.take(this.bytes);
    } else {
      this.bytes.set(saved.size === COPIED ? saved.bytes : saved.bytes.subarray(0, saved.size));
      this.end = saved.size;
      this.savedBytes -= saved.size;
      if (this.spare.length < SPARE) this.spare.push(saved.bytes);
    }
    return this.skipDiscarded();
  }

  /**
   * Makes room in a ring that is filling while nobody reads: what it holds is set aside, up to `limit` bytes in all, and
   * comes first when reading goes on.
   */
  relieve(limit: number): void {
    const QUARTER = (this.mask + 1) / 4;
    while (((Atomics.load(this.producerWord, 0) >>> 0) - this.position) >>> 0 > QUARTER && this.savedBytes < limit) {
      const bytes = this.spare.pop() ?? Buffer.allocUnsafeSlow(COPIED);
      const size = this.take(bytes);
      if (size === 0) {
        this.spare.push(bytes);
        return;
      }
      this.saved.push({ bytes, size });
      this.savedBytes += size;
    }
  }

  /** Moves the records that are complete, and fit, from the ring to `into`; how many bytes. */
  private take(into: Buffer): number {
    const written = Atomics.load(this.producerWord, 0) >>> 0;
    const { words, mask } = this;
    const start = this.position;
    let size = 0;
    const waiting = (written - start) >>> 0;
    while (size < waiting) {
      const word = Atomics.load(words, ((start + size) & mask) >>> 2);
      if ((word & BUSY) !== 0) break;
      const step = (RING_HEADER + (word & LENGTH) + 7) & ~7;
      if (size + step > COPIED) break;
      size += step;
    }
    if (size === 0) return 0;
    const from = start & mask;
    into.set(this.data.subarray(from, from + size));
    this.position = (start + size) >>> 0;
    this.full += BigInt(size);
    Atomics.store(this.consumerWord, 0, this.full);
    return size;
  }

  /** Goes on to the next record of those copied; false at their end. */
  advance(): boolean {
    const length = this.view.getUint32(this.at - RING_HEADER, true) & LENGTH;
    this.at += (RING_HEADER + length + 7) & ~7;
    return this.skipDiscarded();
  }

  /** Whether something waits to be copied. */
  get waiting(): boolean {
    return this.saved.length > 0 || Atomics.load(this.producerWord, 0) >>> 0 !== this.position;
  }

  close(): void {
    this.consumer.unmap();
    this.producer.unmap();
    closeDescriptor(this.fd);
  }

  private skipDiscarded(): boolean {
    while (this.at < this.end) {
      const word = this.view.getUint32(this.at - RING_HEADER, true);
      if ((word & DISCARDED) === 0) return true;
      this.at += (RING_HEADER + (word & LENGTH) + 7) & ~7;
    }
    return false;
  }
}
