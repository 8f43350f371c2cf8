import { readFileSync, readlinkSync } from "node:fs";

/** Reads a file of `/proc` as a byte string; undefined if it cannot be read. */

export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return undefined;
  }
}

export function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path, "latin1");
  } catch {
    return undefined;
  }
}

/**
 * Converts four or sixteen bytes that the kernel prints as 32-bit numbers in host byte order, with eight hexadecimal
 * digits each.
 */
export function addressBytes(hex: string): string {
  let bytes = "";
  for (let word = 0; word + 8 <= hex.length; word += 8) {
    for (let i = word + 6; i >= word; i -= 2) bytes += String.fromCharCode(Number.parseInt(hex.slice(i, i + 2), 16));
  }
  return bytes;
}
