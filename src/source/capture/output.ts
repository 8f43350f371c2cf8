import { closeSync, openSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { ByteOutput } from "../../capture/writer.ts";

export interface FileOutput extends ByteOutput {
  /** Writes buffered bytes to the file, so that they are not lost if the process is killed. */
  flush(): void;
  close(): void;
}

/** Maximum uncompressed size of a gzip member, in bytes. */
const MEMBER = 1 << 20;

/**
 * Creates a file, or truncates an existing one. With `compress`, the content is written as gzip members of up to 1 MiB
 * of uncompressed data. If the process is killed, the file is readable up to its last complete member.
 *
 * @throws Error that names the file
 */
export function createOutput(path: string, compress: boolean): FileOutput {
  const fd = create(path);
  return compress ? gzipOutput(fd, path) : plainOutput(fd, path);
}

function create(path: string): number {
  try {
    return openSync(path, "w", 0o600);
  } catch (error) {
    throw new Error(`cannot create ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function writeAll(fd: number, bytes: Uint8Array, path: string): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
  } catch (error) {
    throw new Error(`cannot write ${path}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function plainOutput(fd: number, path: string): FileOutput {
  return {
    write: (bytes) => writeAll(fd, bytes, path),
    flush() {},
    close: () => closeSync(fd),
  };
}

function gzipOutput(fd: number, path: string): FileOutput {
  const held = new Uint8Array(MEMBER);
  let size = 0;
  function flush(): void {
    if (size === 0) return;
    writeAll(fd, gzipSync(held.subarray(0, size), { level: 4 }), path);
    size = 0;
  }
  return {
    write(bytes) {
      for (let at = 0; at < bytes.length; ) {
        const part = Math.min(bytes.length - at, MEMBER - size);
        held.set(bytes.subarray(at, at + part), size);
        size += part;
        at += part;
        if (size === MEMBER) flush();
      }
    },
    flush,
    close() {
      flush();
      closeSync(fd);
    },
  };
}
