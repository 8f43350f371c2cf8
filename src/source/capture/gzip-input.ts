import { InputError } from "../../capture/input.ts";
import { type Gunzip, gunzipWhole } from "./gunzip.ts";
import type { FileInput } from "./input.ts";
import { type Opened, reason } from "./opened.ts";

/** Maximum number of bytes per read from the file. */
const CHUNK = 1 << 18;

/**
 * Decompresses a file into the reader's window. If the file is damaged, zlib does not report how many bytes the failed
 * call decompressed. The data before that call is then decompressed again, and the rest byte by byte up to the damage.
 *
 * @param first decompressor for the first attempt
 * @param another opens a decompressor for the second attempt
 */
export function gzipInput(file: Opened, first: Gunzip, another: () => Gunzip | undefined): FileInput {
  const chunk = new Uint8Array(CHUNK);
  let gunzip = first;
  let at = 0;
  let end = 0;
  let step = CHUNK;
  let inflated = 0;
  let over = false;
  let failure: string | undefined;

  function refill(): boolean {
    at = 0;
    end = file.read(chunk, 0, CHUNK);
    return end > 0;
  }

  function inflate(into: Uint8Array, from: number, to: number): number {
    const size = gunzip.inflate(chunk, at, Math.min(end, at + step), into, from, to);
    // The last member may be followed by zero padding.
    at = gunzip.consumed === 0 && from + size < to ? end : at + gunzip.consumed;
    return size;
  }

  /**
   * Decompresses the file again up to the end of the last successful call. Subsequent calls continue byte by byte.
   * Returns false if the file cannot be read again, or no decompressor can be opened.
   */
  function retrace(): boolean {
    const again = file.rewind() ? another() : undefined;
    if (again === undefined) return false;
    gunzip.close();
    gunzip = again;
    const scratch = new Uint8Array(1 << 16);
    at = end = 0;
    for (let left = inflated; left > 0; ) {
      if (at === end && !refill()) return false;
      left -= inflate(scratch, 0, Math.min(left, scratch.length));
    }
    step = 1;
    return true;
  }

  /** Decompresses the next bytes. At the end of the input or at damage, sets `over` and possibly `failure`. */
  function advance(into: Uint8Array, from: number, to: number): number {
    try {
      if (at < end || refill()) {
        const size = inflate(into, from, to);
        inflated += size;
        return size;
      }
      over = true;
      gunzip.finish();
    } catch (error) {
      if (!over && step > 1 && retrace()) return 0;
      over = true;
      // Ignore trailing garbage, as other gzip tools do.
      const rubbish = inflated > 0 && /header check/.test(reason(error));
      if (!rubbish) failure = error instanceof InputError ? error.message : `gzip: ${reason(error)}`;
    }
    return 0;
  }

  return {
    read(into, from, to) {
      let filled = from;
      // Fill the whole buffer, since each call of `read` has a fixed cost.
      while (filled < to && !over) filled += advance(into, filled, to);
      if (filled === from && failure !== undefined) throw new InputError(failure);
      return filled - from;
    },
    close() {
      gunzip.close();
      file.close();
    },
  };
}

/**
 * Decompresses the whole file at the first read. Slower than {@link gzipInput} and requires more memory, but uses only
 * the public API.
 */
export function wholeInput(file: Opened): FileInput {
  let bytes: Uint8Array | undefined;
  let at = 0;
  return {
    read(into, from, to) {
      bytes ??= inflateWhole(readRest(file));
      const size = Math.min(to - from, bytes.length - at);
      into.set(bytes.subarray(at, at + size), from);
      at += size;
      return size;
    },
    close: () => file.close(),
  };
}

function readRest(file: Opened): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(CHUNK);
    const got = file.read(part, 0, CHUNK);
    if (got === 0) return Buffer.concat(parts);
    parts.push(part.subarray(0, got));
  }
}

function inflateWhole(compressed: Uint8Array): Uint8Array {
  try {
    return gunzipWhole(compressed);
  } catch (error) {
    throw new InputError(`gzip: ${reason(error)}`);
  }
}
