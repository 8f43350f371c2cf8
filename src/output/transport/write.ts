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

function writeSome(fd: number, bytes: Buffer, at: number): Promise<number> {
  return new Promise((resolve, reject) => {
    write(fd, bytes, at, bytes.length - at, null, (error, written) => {
      if (error === null) resolve(written);
      else if (codeOf(error) === "EAGAIN") setTimeout(resolve, NAP_MS, 0);
      else reject(error);
    });
  });
}
