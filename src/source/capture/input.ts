import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { type ByteInput, InputError } from "../../capture/input.ts";
import { directGunzip, type Gunzip, gunzipWhole } from "./gunzip.ts";

/** Bytes of the file read at once. */
const CHUNK = 1 << 18;

export interface FileInput extends ByteInput {
  close(): void;
}

/**
 * Opens a capture file, plain or gzip (told apart by its first bytes), for reading from its beginning.
 *
 * @throws Error with a sentence that names the file, where it can't be opened or read
 */
export function openInput(path: string): FileInput {
  const fd = open(path);
  try {
    const chunk = Buffer.alloc(CHUNK);
    const got = readSome(fd, chunk, path);
    if (got < 2 || chunk[0] !== 0x1f || chunk[1] !== 0x8b) return plainInput(fd, path, chunk, got);
    const gunzip = directGunzip();
    return gunzip === undefined
      ? wholeInput(fd, path, chunk.subarray(0, got))
      : gzipInput(fd, path, chunk, got, gunzip);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function open(path: string): number {
  try {
    const fd = openSync(path, "r");
    if (!fstatSync(fd).isDirectory()) return fd;
    closeSync(fd);
  } catch (error) {
    throw new Error(`can't open ${path}: ${reason(error)}`);
  }
  throw new Error(`can't open ${path}: it is a directory`);
}

function readSome(fd: number, into: Uint8Array, path: string, from = 0, to = into.length): number {
  try {
    return readSync(fd, into, from, to - from, null);
  } catch (error) {
    throw new InputError(`can't read ${path}: ${reason(error)}`);
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function plainInput(fd: number, path: string, first: Uint8Array, got: number): FileInput {
  let given = 0;
  return {
    read(into, from, to) {
      if (given === got) return readSome(fd, into, path, from, to);
      const size = Math.min(to - from, got - given);
      into.set(first.subarray(given, given + size), from);
      given += size;
      return size;
    },
    close: () => closeSync(fd),
  };
}

function gzipInput(fd: number, path: string, chunk: Uint8Array, got: number, gunzip: Gunzip): FileInput {
  let at = 0;
  let end = got;
  let over = false;
  return {
    read(into, from, to) {
      let filled = from;
      // A full window each time: the fewer calls, the less they cost.
      while (filled < to && !over) {
        if (at === end) {
          at = 0;
          end = readSome(fd, chunk, path);
          if (end === 0) {
            over = true;
            if (filled > from) break;
            finish(gunzip);
            return 0;
          }
        }
        try {
          filled += gunzip.inflate(chunk, at, end, into, filled, to);
        } catch (error) {
          over = true;
          throw new InputError(`gzip: ${reason(error)}`);
        }
        if (gunzip.consumed === 0 && filled < to)
          at = end; // rubbish behind the last member
        else at += gunzip.consumed;
      }
      if (filled === from && over) finish(gunzip);
      return filled - from;
    },
    close() {
      gunzip.close();
      closeSync(fd);
    },
  };
}

function finish(gunzip: Gunzip): void {
  try {
    gunzip.finish();
  } catch (error) {
    throw new InputError(`gzip: ${reason(error)}`);
  }
}

function wholeInput(fd: number, path: string, first: Uint8Array): FileInput {
  let bytes: Uint8Array | undefined;
  let at = 0;
  return {
    read(into, from, to) {
      bytes ??= inflateWhole(Buffer.concat([first, readRest(fd, path)]));
      const size = Math.min(to - from, bytes.length - at);
      into.set(bytes.subarray(at, at + size), from);
      at += size;
      return size;
    },
    close: () => closeSync(fd),
  };
}

function readRest(fd: number, path: string): Uint8Array {
  try {
    return readFileSync(fd);
  } catch (error) {
    throw new InputError(`can't read ${path}: ${reason(error)}`);
  }
}

function inflateWhole(compressed: Uint8Array): Uint8Array {
  try {
    return gunzipWhole(compressed);
  } catch (error) {
    throw new InputError(`gzip: ${reason(error)}`);
  }
}
