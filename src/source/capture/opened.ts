import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { InputError } from "../../capture/input.ts";

/** A file that is read sequentially. Only regular files can be read again. */
export interface Opened {
  /** Like {@link ByteInput.read}. */
  read(into: Uint8Array, from: number, to: number): number;
  /** Moves to the first byte. Returns false if the file cannot be read again, such as a pipe. */
  rewind(): boolean;
  close(): void;
}

/**
 * Opens a file.
 *
 * @throws Error that names the file
 */
export function openFile(path: string): Opened {
  try {
    const fd = openSync(path, "r");
    const stat = fstatSync(fd);
    if (!stat.isDirectory()) return opened(fd, path, stat.isFile());
    closeSync(fd);
  } catch (error) {
    throw new Error(`cannot open ${path}: ${reason(error)}`);
  }
  throw new Error(`cannot open ${path}: it is a directory`);
}

function opened(fd: number, path: string, seekable: boolean): Opened {
  let position = 0;
  return {
    read(into, from, to) {
      try {
        const got = readSync(fd, into, from, to - from, seekable ? position : null);
        position += got;
        return got;
      } catch (error) {
        throw new InputError(`cannot read ${path}: ${reason(error)}`);
      }
    },
    rewind() {
      position = 0;
      return seekable;
    },
    close: () => closeSync(fd),
  };
}

/** Returns a file that yields the bytes that were already read, and then the rest of `file`. */
export function replay(file: Opened, first: Uint8Array): Opened {
  let given = 0;
  return {
    read(into, from, to) {
      if (given === first.length) return file.read(into, from, to);
      const size = Math.min(to - from, first.length - given);
      into.set(first.subarray(given, given + size), from);
      given += size;
      return size;
    },
    rewind() {
      given = first.length;
      return file.rewind();
    },
    close: () => file.close(),
  };
}

/** Returns the message of an error. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
