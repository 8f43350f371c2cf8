import { type BpfObject, closeObject, objectOf } from "./bpf.ts";
import { EventMemory } from "./event-memory.ts";
import { type Mapping, mapShared, Protection } from "./libc.ts";

/** Flags in the length field of a record that is being written or was discarded (include/uapi/linux/bpf.h). */
const BPF_RINGBUF_BUSY_BIT = 1 << 31;
const BPF_RINGBUF_DISCARD_BIT = 1 << 30;
const LENGTH_MASK = 0x3fffffff;
/** Size of a record header in bytes: the length, and an offset that only the kernel uses (include/uapi/linux/bpf.h). */
const BPF_RINGBUF_HDR_SZ = 8;

/** Maximum number of bytes that are copied at once. A record has up to 64 KiB. */
const COPY_BYTES = 256 * 1024;

/** Returns memory for the events of several rings. */
export const memoryForRings = (): EventMemory => new EventMemory(COPY_BYTES);

/**
 * A BPF ring buffer. Records are copied in chunks, so that the kernel can reuse the ring buffer early, and so that the
 * copies stay valid after the ring buffer is unmapped.
 */
export class Ring {
  /** Copied records, each padded to 8 bytes. Unread records are between `at` and `end`. */
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Offset of the next record's content in `bytes`; `end + 8` after the last record. */
  at = BPF_RINGBUF_HDR_SZ;
  end = 0;
  readonly fd: number;
  private readonly object: BpfObject;

  private readonly mask: number;
  private readonly consumer: Mapping;
  private readonly producer: Mapping;
  private readonly consumerWord: BigInt64Array;
  private readonly producerWord: Int32Array;
  private readonly words: Int32Array;
  private readonly data: Uint8Array;
  /** Read position modulo 2^32. It is unambiguous since ring buffers are smaller. */
  private position = 0;
  /** 64-bit read position. */
  private full = 0n;
  /** Buffers with records that have not been read yet, oldest first. */
  private readonly saved: { readonly bytes: Buffer; size: number }[] = [];
  private readonly memory: EventMemory;
  private savedBytes = 0;
  private positionChanges = 0;

  /**
   * @param fd descriptor of a ring buffer of `size` bytes, which {@link close} closes
   * @param memory see {@link memoryForRings}
   */
  constructor(fd: number, size: number, pageSize: number, memory: EventMemory) {
    this.fd = fd;
    this.memory = memory;
    this.object = objectOf(fd);
    this.mask = size - 1;
    this.consumer = mapShared(fd, 0, pageSize, Protection.READ | Protection.WRITE);
    // Map the write position and the data, but not the second copy of the data, which would count as resident memory.
    this.producer = mapShared(fd, pageSize, pageSize + size, Protection.READ);
    this.consumerWord = new BigInt64Array(this.consumer.memory, 0, 1);
    this.producerWord = new Int32Array(this.producer.memory, 0, 2);
    this.words = new Int32Array(this.producer.memory, pageSize);
    this.data = new Uint8Array(this.producer.memory, pageSize);
    this.bytes = Buffer.allocUnsafeSlow(COPY_BYTES);
    this.view = new DataView(this.bytes.buffer, this.bytes.byteOffset, COPY_BYTES);
  }

  /** Copies new records; returns false if there are none. All previous records must have been read. */
  refill(): boolean {
    const saved = this.saved.shift();
    this.at = BPF_RINGBUF_HDR_SZ;
    if (saved === undefined) {
      this.end = this.take(this.bytes);
    } else {
      this.bytes.set(saved.size === COPY_BYTES ? saved.bytes : saved.bytes.subarray(0, saved.size));
      this.end = saved.size;
      this.savedBytes -= saved.size;
      this.memory.give(saved.bytes);
    }
    return this.skipDiscarded();
  }

  /**
   * Moves records to memory while more than a sixteenth of the ring buffer is in use, up to `limit` bytes of this ring
   * and the limit of all rings together. From half of the ring buffer on, the kernel drops events of busy processes.
   */
  relieve(limit: number): void {
    const least = (this.mask + 1) / 16;
    while (((Atomics.load(this.producerWord, 0) >>> 0) - this.position) >>> 0 > least && this.savedBytes < limit) {
      const size = this.save();
      if (size === 0) return;
      this.savedBytes += size;
    }
  }

  /** Moves records to the last used buffer or, if no further record fits, to another one. @returns the number of bytes */
  private save(): number {
    const last = this.saved.at(-1);
    if (last !== undefined) {
      const more = this.take(last.bytes, last.size);
      last.size += more;
      if (more > 0) return more;
    }
    const bytes = this.memory.take();
    if (bytes === undefined) return 0;
    const size = this.take(bytes);
    if (size === 0) this.memory.give(bytes);
    else this.saved.push({ bytes, size });
    return size;
  }

  /** Moves as many complete records as fit from the ring buffer to `into`, from `at` on. @returns the number of bytes */
  private take(into: Buffer, at = 0): number {
    this.checkPosition();
    const written = Atomics.load(this.producerWord, 0) >>> 0;
    const { words, mask } = this;
    const start = this.position;
    let size = 0;
    const waiting = (written - start) >>> 0;
    if (waiting > mask + 1) return this.skip(written);
    while (size < waiting) {
      const word = Atomics.load(words, ((start + size) & mask) >>> 2);
      if ((word & BPF_RINGBUF_BUSY_BIT) !== 0) break;
      const step = (BPF_RINGBUF_HDR_SZ + (word & LENGTH_MASK) + 7) & ~7;
      if (step > waiting - size || step > COPY_BYTES) return this.skip(written);
      if (at + size + step > COPY_BYTES) break;
      size += step;
    }
    if (size === 0) return 0;
    const from = start & mask;
    const untilEnd = Math.min(size, mask + 1 - from);
    into.set(this.data.subarray(from, from + untilEnd), at);
    if (untilEnd < size) into.set(this.data.subarray(0, size - untilEnd), at + untilEnd);
    const overwritten = ((Atomics.load(this.producerWord, 0) >>> 0) - start) >>> 0 > mask + 1;
    if (overwritten) return this.skip(Atomics.load(this.producerWord, 0) >>> 0);
    this.position = (start + size) >>> 0;
    this.full += BigInt(size);
    Atomics.store(this.consumerWord, 0, this.full);
    return size;
  }

  /** Number of times since the last call that another process changed the read position. */
  takePositionChanges(): number {
    this.checkPosition();
    const changes = this.positionChanges;
    this.positionChanges = 0;
    return changes;
  }

  /**
   * Corrects the read position, which other processes can change by mapping its page. The kernel drops events if the
   * position is wrong.
   */
  private checkPosition(): void {
    if (Atomics.load(this.consumerWord, 0) === this.full) return;
    this.positionChanges++;
    Atomics.store(this.consumerWord, 0, this.full);
  }

  /** Moves to the next copied record; false after the last. */
  advance(): boolean {
    const length = this.view.getUint32(this.at - BPF_RINGBUF_HDR_SZ, true) & LENGTH_MASK;
    this.at += (BPF_RINGBUF_HDR_SZ + length + 7) & ~7;
    return this.skipDiscarded();
  }

  /**
   * Drops all records up to a position. They are invalid: another process moved the read position forward, so that the
   * kernel overwrote unread records.
   */
  private skip(written: number): 0 {
    this.full += BigInt((written - this.position) >>> 0);
    this.position = written;
    this.positionChanges++;
    Atomics.store(this.consumerWord, 0, this.full);
    return 0;
  }

  /** Whether {@link relieve} has moved records that have not been read yet. */
  get isBehind(): boolean {
    return this.saved.length > 0;
  }

  /** Whether there are records that {@link refill} can copy. The kernel may still be writing them. */
  get waiting(): boolean {
    return this.saved.length > 0 || Atomics.load(this.producerWord, 0) >>> 0 !== this.position;
  }

  /** Drops unread records, and closes the ring buffer. */
  close(): void {
    for (const { bytes } of this.saved.splice(0)) this.memory.give(bytes);
    this.savedBytes = 0;
    this.consumer.unmap();
    this.producer.unmap();
    closeObject(this.object);
  }

  private skipDiscarded(): boolean {
    while (this.at < this.end) {
      const word = this.view.getUint32(this.at - BPF_RINGBUF_HDR_SZ, true);
      if ((word & BPF_RINGBUF_DISCARD_BIT) === 0) return true;
      this.at += (BPF_RINGBUF_HDR_SZ + (word & LENGTH_MASK) + 7) & ~7;
    }
    return false;
  }
}
