import { writeSync } from "node:fs";
import { codeOf } from "./output.ts";

const nap = new Int32Array(new SharedArrayBuffer(4));
const NAP_MS = 2;

/**
 * Writes all of a text to a descriptor, waiting where the other end is slow and doesn't block by itself.
 * @throws what the system answers, EAGAIN excepted
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
