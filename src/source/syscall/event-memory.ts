import { totalmem } from "node:os";

const MiB = 2 ** 20;
/** Maximum number of free buffers kept for reuse. */
const MAX_FREE = 16;

/**
 * Buffers for events that were moved from ring buffers, with one limit for all ring buffers of a source. Without it, the
 * limit of a machine with many CPUs would be a multiple of the limit per ring buffer.
 */
export class EventMemory {
  private readonly bufferSize: number;
  private readonly limit: number;
  private readonly free: Buffer[] = [];
  private used = 0;

  /** @param limit maximum total size of the buffers in use, in bytes */
  constructor(bufferSize: number, limit: number = defaultLimit()) {
    this.bufferSize = bufferSize;
    this.limit = limit;
  }

  /** Returns a buffer, whose content is undefined; undefined if the limit is reached. */
  take(): Buffer | undefined {
    if (this.used + this.bufferSize > this.limit) return undefined;
    this.used += this.bufferSize;
    return this.free.pop() ?? Buffer.allocUnsafeSlow(this.bufferSize);
  }

  /** Returns a buffer of {@link take} that is no longer in use. */
  give(buffer: Buffer): void {
    this.used -= this.bufferSize;
    if (this.free.length < MAX_FREE) this.free.push(buffer);
  }
}

/** 512 MiB, or an eighth of the memory of the machine or the control group if that is smaller. */
function defaultLimit(): number {
  const constrained = process.constrainedMemory(); // 0 if unknown
  const memory = Math.min(totalmem(), constrained > 0 ? constrained : Number.POSITIVE_INFINITY);
  return Math.min(512 * MiB, memory / 8);
}
