import { crc32 } from "./crc32.ts";
import {
  type Code,
  codeOf,
  codeOrder,
  distanceBase,
  distanceExtra,
  fixedDistances,
  fixedSymbols,
  lengthBase,
  lengthExtra,
} from "./deflate-tables.ts";
import { InputError } from "./input.ts";

/** Size of the window, in bytes (RFC 1951). */
const WINDOW_SIZE = 1 << 15;
/** Size of the output buffer in addition to the window, in bytes. */
const MAX_OUTPUT = 1 << 16;
/** Maximum length of a match, in bytes (RFC 1951). */
const MAX_COPY = 258;
/** Maximum size of the header of a member, in bytes. */
const MAX_HEADER = 1 << 18;
/** Maximum size of a symbol including its match, and of a block header, in bytes of input. */
const SYMBOL_BYTES = 8;
const BLOCK_HEAD_BYTES = 400;
const TRAILER_BYTES = 8;

const END_OF_BLOCK = 256;

/** The part of the gzip format that is decoded next. */
type Stage = "head" | "block" | "stored" | "symbols" | "trailer" | "over";

/**
 * Decompresses gzip in chunks. Intended for browsers, whose built-in implementation rejects files with several members,
 * such as captures. Trailing garbage is ignored, as in gzip(1).
 */
export class Gunzip {
  private readonly give: (bytes: Uint8Array) => void;
  private input = new Uint8Array(0);
  private at = 0;
  /** Whether the input has ended. */
  private final = false;
  /** Bits that were read from the input but not decoded yet, lowest bit first, and their number. */
  private hold = 0;
  private bits = 0;
  private stage: Stage = "head";
  private isFirstMember = true;
  private isLastBlock = false;
  private storedLeft = 0;
  private symbols: Code = fixedSymbols;
  private distances: Code = fixedDistances;
  /** The output: up to {@link WINDOW_SIZE} bytes already passed to `give`, followed by new bytes. */
  private readonly out = new Uint8Array(WINDOW_SIZE + MAX_OUTPUT + MAX_COPY);
  private from = 0;
  private to = 0;
  private crc = 0;
  private size = 0;

  /** @param give called with the output; the callee may keep it */
  constructor(give: (bytes: Uint8Array) => void) {
    this.give = give;
  }

  /** Whether all members were read. Any additional input is trailing data. */
  get isOver(): boolean {
    return this.stage === "over";
  }

  /**
   * Adds the next chunk of input.
   * @throws InputError if the input is not gzip or is damaged, after passing the previous output to `give`
   */
  push(piece: Uint8Array): void {
    const rest = this.input.length - this.at;
    if (rest === 0) this.input = new Uint8Array(piece);
    else {
      const joined = new Uint8Array(rest + piece.length);
      joined.set(this.input.subarray(this.at));
      joined.set(piece, rest);
      this.input = joined;
    }
    this.at = 0;
    this.run();
  }

  /** Ends the input. @throws InputError if it is truncated */
  end(): void {
    this.final = true;
    this.run();
  }

  private run(): void {
    try {
      while (this.step());
    } finally {
      this.handOver();
      // Return unused whole bytes to the input.
      this.at -= this.bits >> 3;
      this.bits &= 7;
      this.hold &= (1 << this.bits) - 1;
    }
  }

  /** Decodes the next part. Returns false if more input is required, or at the end. */
  private step(): boolean {
    switch (this.stage) {
      case "head":
        return this.readHead();
      case "block":
        return this.readBlockHead();
      case "stored":
        return this.copyStored();
      case "symbols":
        return this.inflate();
      case "trailer":
        return this.readTrailer();
      default:
        this.at = this.input.length;
        return false;
    }
  }

  private readHead(): boolean {
    const { input, at } = this;
    const left = input.length - at;
    if (left < 2 && !this.final) return false;
    if (left < 2 || input[at] !== 0x1f || input[at + 1] !== 0x8b) {
      if (this.isFirstMember) throw left === 0 ? torn() : bad("the data is not in gzip format");
      this.stage = "over";
      return true;
    }
    const end = this.endOfHead(at);
    if (end === undefined) {
      if (this.final) throw torn();
      if (left > MAX_HEADER) throw bad("a header is too long");
      return false;
    }
    this.at = end;
    this.isFirstMember = false;
    this.crc = 0;
    this.size = 0;
    this.from = 0;
    this.to = 0;
    this.stage = "block";
    return true;
  }

  /** Returns the offset of the compressed data; undefined if the header is incomplete. */
  private endOfHead(begin: number): number | undefined {
    const { input } = this;
    let at = begin + 10;
    if (at > input.length) return undefined;
    if (input[begin + 2] !== 8) throw bad("unknown compression method");
    const flags = input[begin + 3]!;
    if (flags & 4) {
      if (at + 2 > input.length) return undefined;
      at += 2 + (input[at]! | (input[at + 1]! << 8));
    }
    for (const text of [8, 16]) {
      if ((flags & text) === 0) continue;
      const zero = at > input.length ? -1 : input.indexOf(0, at);
      if (zero < 0) return undefined;
      at = zero + 1;
    }
    if (flags & 2) at += 2;
    return at > input.length ? undefined : at;
  }

  private needsMore(bytes: number): boolean {
    return this.input.length - this.at < bytes && !this.final;
  }

  private fill(): void {
    while (this.bits <= 24 && this.at < this.input.length) {
      this.hold |= this.input[this.at++]! << this.bits;
      this.bits += 8;
    }
  }

  /** Reads up to 16 bits of input. */
  private take(count: number): number {
    this.fill();
    if (this.bits < count) throw torn();
    const value = this.hold & ((1 << count) - 1);
    this.hold >>>= count;
    this.bits -= count;
    return value;
  }

  private decode({ bits, entries }: Code): number {
    this.fill();
    const entry = entries[this.hold & ((1 << bits) - 1)]!;
    const length = entry & 15;
    if (length > this.bits) throw torn();
    if (length === 0) throw this.bits < bits ? torn() : bad("invalid code");
    this.hold >>>= length;
    this.bits -= length;
    return entry >> 4;
  }

  private readBlockHead(): boolean {
    if (this.needsMore(BLOCK_HEAD_BYTES)) return false;
    this.isLastBlock = this.take(1) === 1;
    const type = this.take(2);
    if (type === 0) {
      this.take(this.bits & 7);
      const size = this.take(16);
      if (this.take(16) !== (~size & 0xffff)) throw bad("the two lengths of a block differ");
      this.at -= this.bits >> 3;
      this.hold = 0;
      this.bits = 0;
      this.storedLeft = size;
      this.stage = "stored";
    } else if (type === 1) {
      this.symbols = fixedSymbols;
      this.distances = fixedDistances;
      this.stage = "symbols";
    } else if (type === 2) {
      this.readCodes();
      this.stage = "symbols";
    } else throw bad("unknown block type");
    return true;
  }

  private readCodes(): void {
    const symbols = this.take(5) + 257;
    const distances = this.take(5) + 1;
    const count = this.take(4) + 4;
    if (symbols > 286 || distances > 30) throw bad("too many codes");
    const ofLengths = new Uint8Array(19);
    for (let i = 0; i < count; i++) ofLengths[codeOrder[i]!] = this.take(3);
    const code = codeOf(ofLengths);
    if (code === undefined) throw bad("invalid code lengths");
    const lengths = new Uint8Array(symbols + distances);
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.decode(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw bad("invalid repeat of a code length");
      const value = symbol === 16 ? lengths[i - 1]! : 0;
      const times = symbol === 16 ? 3 + this.take(2) : symbol === 17 ? 3 + this.take(3) : 11 + this.take(7);
      if (i + times > lengths.length) throw bad("too many codes");
      lengths.fill(value, i, i + times);
      i += times;
    }
    const ofSymbols = codeOf(lengths.subarray(0, symbols));
    const ofDistances = codeOf(lengths.subarray(symbols));
    if (ofSymbols === undefined || ofDistances === undefined || lengths[END_OF_BLOCK] === 0)
      throw bad("invalid code lengths");
    this.symbols = ofSymbols;
    this.distances = ofDistances;
  }

  private copyStored(): boolean {
    while (this.storedLeft > 0) {
      const size = Math.min(this.storedLeft, this.input.length - this.at, WINDOW_SIZE + MAX_OUTPUT - this.to);
      if (size === 0) {
        if (this.to < WINDOW_SIZE + MAX_OUTPUT) {
          if (this.final) throw torn();
          return false;
        }
        this.handOver();
        continue;
      }
      this.out.set(this.input.subarray(this.at, this.at + size), this.to);
      this.at += size;
      this.to += size;
      this.storedLeft -= size;
    }
    this.endBlock();
    return true;
  }

  /** Decodes the symbols of a block, up to the end of the block or of the available input. */
  private inflate(): boolean {
    const { input, out, final } = this;
    const symbols = this.symbols.entries;
    const symbolMask = symbols.length - 1;
    const distances = this.distances.entries;
    const distanceMask = distances.length - 1;
    const enough = input.length - SYMBOL_BYTES;
    let { at, hold, bits, to } = this;
    // For speed, `fill`, `decode` and `take` are inlined, and the state is in local variables.
    for (;;) {
      if (at > enough && !final) break;
      if (to >= WINDOW_SIZE + MAX_OUTPUT) {
        this.to = to;
        this.handOver();
        to = this.to;
      }
      while (bits <= 24 && at < input.length) {
        hold |= input[at++]! << bits;
        bits += 8;
      }
      const entry = symbols[hold & symbolMask]!;
      let used = entry & 15;
      if (used === 0 || used > bits) throw this.fault(used, bits, to);
      hold >>>= used;
      bits -= used;
      const symbol = entry >> 4;
      if (symbol < END_OF_BLOCK) {
        out[to++] = symbol;
        continue;
      }
      if (symbol === END_OF_BLOCK) {
        this.at = at;
        this.hold = hold;
        this.bits = bits;
        this.to = to;
        this.endBlock();
        return true;
      }
      const i = symbol - END_OF_BLOCK - 1;
      if (i >= lengthBase.length) throw this.fault(0, 32, to);
      used = lengthExtra[i]!;
      if (used > bits) throw this.fault(used, bits, to);
      const length = lengthBase[i]! + (hold & ((1 << used) - 1));
      hold >>>= used;
      bits -= used;

      while (bits <= 24 && at < input.length) {
        hold |= input[at++]! << bits;
        bits += 8;
      }
      const place = distances[hold & distanceMask]!;
      used = place & 15;
      if (used === 0 || used > bits) throw this.fault(used, bits, to);
      hold >>>= used;
      bits -= used;
      const k = place >> 4;
      while (bits <= 24 && at < input.length) {
        hold |= input[at++]! << bits;
        bits += 8;
      }
      used = distanceExtra[k]!;
      if (used > bits) throw this.fault(used, bits, to);
      const distance = distanceBase[k]! + (hold & ((1 << used) - 1));
      hold >>>= used;
      bits -= used;
      if (distance > to) {
        this.to = to;
        throw bad("invalid distance");
      }
      for (let back = to - distance, end = to + length; to < end; ) out[to++] = out[back++]!;
    }
    this.at = at;
    this.hold = hold;
    this.bits = bits;
    this.to = to;
    return false;
  }

  /** Returns the error for an invalid code. Stores the end of the output, which `run` then passes to `give`. */
  private fault(used: number, bits: number, to: number): InputError {
    this.to = to;
    return used > bits || (used === 0 && bits < 15) ? torn() : bad("invalid code");
  }

  private endBlock(): void {
    this.stage = this.isLastBlock ? "trailer" : "block";
  }

  private readTrailer(): boolean {
    this.at -= this.bits >> 3;
    this.hold = 0;
    this.bits = 0;
    if (this.needsMore(TRAILER_BYTES)) return false;
    if (this.input.length - this.at < TRAILER_BYTES) throw torn();
    this.handOver();
    const view = new DataView(this.input.buffer, this.input.byteOffset + this.at);
    if (view.getUint32(0, true) !== this.crc) throw bad("checksum mismatch");
    if (view.getUint32(4, true) !== this.size) throw bad("length mismatch");
    this.at += TRAILER_BYTES;
    this.stage = "head";
    return true;
  }

  /** Passes the output to `give` and moves the window to the front. */
  private handOver(): void {
    const { out, from, to } = this;
    if (to > from) {
      const bytes = out.slice(from, to);
      this.crc = crc32(bytes, this.crc);
      this.size = (this.size + bytes.length) >>> 0;
      this.give(bytes);
    }
    if (to > WINDOW_SIZE) {
      out.copyWithin(0, to - WINDOW_SIZE, to);
      this.to = WINDOW_SIZE;
    }
    this.from = this.to;
  }
}

function bad(what: string): InputError {
  return new InputError(`gzip: ${what}`);
}

function torn(): InputError {
  return bad("unexpected end of file");
}
