import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** Fastest compression level. It requires 3 ms of CPU time per MB, and compresses to a sixth of the size. */
const LEVEL = 1;
/** Size of zlib's output buffers, in bytes. */
const OUTPUT = 1 << 18;

/** A part of a capture in memory: whole blocks, which are compressed to a gzip member in the background. */
export interface Piece {
  readonly isState: boolean;
  /** Time of the first event or of the state, nanoseconds since the epoch. */
  readonly begin: number;
  readonly events: number;
  /** Uncompressed size, in bytes. */
  readonly rawSize: number;
  /** Size in memory, in bytes: the compressed size after the compression. */
  size: number;
  /** Whether the ring has dropped the piece. */
  isDropped: boolean;
  /** Whether a recording or the web UI still uses the piece. */
  isHeld: boolean;
  /** The gzip member; undefined if the piece was dropped or memory was insufficient. Never rejects. */
  packed: Promise<Uint8Array | undefined>;
}

/** Compresses pieces one at a time in Node's thread pool. */
export class Packer {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param bytes content, which must not change until `release` is called
   * @param packed called after the compression with the number of saved bytes
   */
  pack(
    bytes: Uint8Array,
    { isState, begin, events }: Pick<Piece, "isState" | "begin" | "events">,
    release: () => void,
    packed: (saved: number, piece: Piece) => void,
  ): Piece {
    const rawSize = bytes.length;
    const made: Piece = {
      ...{ isState, begin, events, rawSize, size: rawSize },
      ...{ isDropped: false, isHeld: false, packed: Promise.resolve(undefined) },
    };
    made.packed = this.last.then(async () => {
      try {
        if (made.isDropped && !made.isHeld) return undefined;
        const output = await compress(bytes, { level: LEVEL, chunkSize: OUTPUT });
        const member = Uint8Array.prototype.slice.call(output); // omits the unused rest of zlib's buffer
        made.size = member.length;
        packed(rawSize - member.length, made);
        return member;
      } catch {
        return undefined;
      } finally {
        release();
      }
    });
    this.last = made.packed;
    return made;
  }
}
