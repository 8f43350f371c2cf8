import { promisify } from "node:util";
import { gzip } from "node:zlib";

const compress = promisify(gzip);

/** The fastest level: 3 ms of CPU per MB, and a sixth of the size. */
const LEVEL = 1;
/** Bytes of output that zlib allocates at once. */
const OUTPUT = 1 << 18;

/** A part of a capture in memory: whole blocks, compressed as a gzip member as soon as possible. */
export interface Piece {
  readonly isState: boolean;
  /** Nanoseconds since the epoch: the time of the first event, or of the state. */
  readonly begin: number;
  readonly events: number;
  /** Bytes without compression. */
  readonly rawSize: number;
  /** Bytes in memory. */
  size: number;
  /** The ring has dropped it. */
  isDropped: boolean;
  /** A recording needs it. */
  isHeld: boolean;
  /** The gzip member; undefined if it was dropped, or there was no memory. Never rejects. */
  packed: Promise<Uint8Array | undefined>;
}

/** Compresses pieces one after another in Node's thread pool. */
export class Packer {
  private last: Promise<unknown> = Promise.resolve();

  /**
   * @param bytes the content; unchanged until `release` is called
   * @param packed called with the bytes saved
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
        const member = Uint8Array.prototype.slice.call(output); // without the rest of zlib's buffer
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
