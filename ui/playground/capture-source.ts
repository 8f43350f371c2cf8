import { Gunzip } from "../../src/capture/gunzip.ts";
import { PushInput } from "../../src/capture/push-input.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import type { Source } from "../../src/source/source.ts";

/**
 * Maximum number of bytes of the file that are decompressed before events are read, since a kilobyte of gzip may
 * contain a megabyte of events.
 */
const CHUNK = 1 << 15;

/** Error messages for other file formats, by the first bytes of the file. */
const OTHER_FORMATS: readonly (readonly [magic: readonly number[], error: string])[] = [
  [[0x28, 0xb5, 0x2f, 0xfd], "Cannot read a file compressed with zstd. Decompress it with zstd -d."],
  [[0x04, 0x22, 0x4d, 0x18], "Cannot read a file compressed with lz4. Decompress it with lz4 -d."],
  [[0xfd, 0x37, 0x7a, 0x58], "Cannot read a file compressed with xz. Decompress it with xz -d."],
  [[0x42, 0x5a, 0x68], "Cannot read a file compressed with bzip2. Decompress it with bunzip2."],
  [[0x50, 0x4b, 0x03, 0x04], "Cannot read a zip archive. Extract it and select the .scap file."],
];

/** Event source of a capture file that is read in chunks. */
export interface CaptureSource {
  readonly events: Source;
  /** Description of damage to the capture. Set after the capture has been read. */
  warning(): string | undefined;
  /** Reads the next chunk; false at the end. @throws Error if the file is not a capture */
  more(): Promise<boolean>;
  /** Number of bytes that have been read. */
  read(): number;
  close(): Promise<void>;
}

/** Opens a plain or gzip-compressed capture of any size. Only a few chunks are kept in memory. */
export function openCapture(capture: Blob): CaptureSource {
  const stream = capture.stream().getReader();
  const feed = new PushInput();
  const reader = new CaptureReader(feed);
  let gunzip: Gunzip | undefined;
  let isFirst = true;
  let rest = new Uint8Array(0);
  let bytes = 0;

  function take(chunk: Uint8Array): void {
    if (isFirst) {
      isFirst = false;
      rejectOtherFormats(chunk);
      if (chunk[0] === 0x1f && chunk[1] === 0x8b) gunzip = new Gunzip((part) => feed.push(part));
    }
    if (gunzip === undefined) feed.push(chunk);
    else inflate(() => gunzip?.push(chunk));
  }

  function inflate(step: () => void): void {
    try {
      step();
    } catch (error) {
      feed.end(error instanceof Error ? error.message : String(error));
    }
  }

  async function fetchNext(): Promise<boolean> {
    const { value } = await stream.read();
    if (value !== undefined) {
      rest = value;
      return true;
    }
    if (gunzip !== undefined) inflate(() => gunzip?.end());
    feed.end();
    return false;
  }

  return {
    events: {
      name: SYSCALL,
      snapshot: (sink) => reader.snapshot(sink),
      next: (event) => reader.next(event),
      close() {},
    },
    warning: () => reader.warning,
    async more() {
      if (feed.isOver) return false;
      if (gunzip?.isOver) {
        feed.end(); // data after the last gzip member is ignored
        return true;
      }
      while (rest.length === 0) if (!(await fetchNext())) return true;
      const chunk = rest.subarray(0, CHUNK);
      rest = rest.subarray(chunk.length);
      bytes += chunk.length;
      take(chunk);
      return true;
    },
    read: () => bytes,
    close: () => stream.cancel().catch(() => {}),
  };
}

function rejectOtherFormats(first: Uint8Array): void {
  for (const [magic, error] of OTHER_FORMATS) if (magic.every((byte, i) => first[i] === byte)) throw new Error(error);
}
