import { Gunzip } from "../../src/capture/gunzip.ts";
import { PushInput } from "../../src/capture/push-input.ts";
import { CaptureReader } from "../../src/capture/reader.ts";
import { SYSCALL } from "../../src/field/sources.ts";
import type { Source } from "../../src/source/source.ts";

/** Bytes that are inflated between two looks at the events: a kilobyte of gzip may be a megabyte of capture. */
const CHUNK = 1 << 15;

/** What a capture may be instead, by its first bytes. */
const OTHER_FORMATS: readonly (readonly [magic: readonly number[], what: string])[] = [
  [
    [0x28, 0xb5, 0x2f, 0xfd],
    "The file is compressed with zstd, which is not read here: unpack it first, with zstd -d.",
  ],
  [[0x04, 0x22, 0x4d, 0x18], "The file is compressed with lz4, which is not read here: unpack it first, with lz4 -d."],
  [[0xfd, 0x37, 0x7a, 0x58], "The file is compressed with xz, which is not read here: unpack it first, with xz -d."],
  [[0x42, 0x5a, 0x68], "The file is compressed with bzip2, which is not read here: unpack it first, with bunzip2."],
  [[0x50, 0x4b, 0x03, 0x04], "The file is a zip archive: unpack it first, and give the .scap file that is in it."],
];

/** A capture that comes in pieces. */
export interface CaptureSource {
  readonly source: Source;
  /** What was wrong with it, once it was read. */
  warning(): string | undefined;
  /** Fetches more of it; false at the end. @throws Error with a sentence where it is none */
  more(): Promise<boolean>;
  /** Bytes that were fetched so far. */
  read(): number;
  close(): Promise<void>;
}

/** Reads a capture, plain or gzip, whatever its size: no more than a few pieces of it are in memory. */
export function openCapture(capture: Blob): CaptureSource {
  const stream = capture.stream().getReader();
  const feed = new PushInput();
  const reader = new CaptureReader(feed);
  let gunzip: Gunzip | undefined;
  let isFirst = true;
  let rest = new Uint8Array(0);
  let bytes = 0;

  function take(piece: Uint8Array): void {
    if (isFirst) {
      isFirst = false;
      rejectOtherFormats(piece);
      if (piece[0] === 0x1f && piece[1] === 0x8b) gunzip = new Gunzip((part) => feed.push(part));
    }
    if (gunzip === undefined) feed.push(piece);
    else inflate(() => gunzip?.push(piece));
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
    source: {
      name: SYSCALL,
      snapshot: (sink) => reader.snapshot(sink),
      next: (event) => reader.next(event),
      close() {},
    },
    warning: () => reader.warning,
    async more() {
      if (feed.isOver) return false;
      if (gunzip?.isOver) {
        feed.end(); // what stands behind the last member is none of it
        return true;
      }
      while (rest.length === 0) if (!(await fetchNext())) return true;
      const piece = rest.subarray(0, CHUNK);
      rest = rest.subarray(piece.length);
      bytes += piece.length;
      take(piece);
      return true;
    },
    read: () => bytes,
    close: () => stream.cancel().catch(() => {}),
  };
}

function rejectOtherFormats(first: Uint8Array): void {
  for (const [magic, what] of OTHER_FORMATS) if (magic.every((byte, i) => first[i] === byte)) throw new Error(what);
}
