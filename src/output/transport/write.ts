import { write, writeSync } from "node:fs";
import { codeOf } from "../output.ts";

const nap = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 2;

/**
 * Writes a string to a descriptor. Waits if a non-blocking descriptor is full.
 * @throws system errors, except EAGAIN
 */
export function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text, "utf8");
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      if (codeOf(error) !== "EAGAIN") throw error;
      Atomics.wait(nap, 0, 0, NAP_MS);
    }
  }
}

/**
 * Writes a string to a descriptor without blocking the process.
 * @throws system errors, except EAGAIN
 */
export async function writeWhole(fd: number, text: string): Promise<void> {
  const bytes = Buffer.from(text, "utf8");
  for (let at = 0; at < bytes.length; ) at += await writeSome(fd, bytes, at);
}

/** The result of writing lines. */
export interface WrittenLines {
  /** Number of lines that were written entirely. */
  readonly whole: number;
  /** Number of bytes that were written of the next line. */
  readonly part: number;
  /** The system error that ended the write. */
  readonly error?: unknown;
}

/**
 * Writes lines, including their terminators, with one write if possible and without blocking the process.
 * @param skipped number of bytes of the first line that were written before
 */
export async function writeLines(fd: number, lines: readonly string[], skipped = 0): Promise<WrittenLines> {
  const bytes = Buffer.from(lines.join(""), "utf8");
  let at = skipped;
  try {
    while (at < bytes.length) at += await writeSome(fd, bytes, at);
    return { whole: lines.length, part: 0 };
  } catch (error) {
    let [whole, end] = [0, 0];
    for (const line of lines) {
      const next = end + Buffer.byteLength(line, "utf8");
      if (next > at) break;
      whole++;
      end = next;
    }
    return { whole, part: at - end, error };
  }
}

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) => {
      if (error === null) resolve(written);
      else if (codeOf(error) === "EAGAIN") setTimeout(resolve, NAP_MS, 0);
      else reject(error);
    });
  });
}
