import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** A file and what it hashes to. */
export interface FileSum {
  /** Without its folder. */
  readonly name: string;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Sums of files, and of the files in folders; those that can't be read are left out. */
export function sumsOf(paths: readonly string[]): FileSum[] {
  return paths.flatMap(filesAt).flatMap((file) => {
    try {
      return [{ name: basename(file), sha256: createHash("sha256").update(readFileSync(file)).digest("hex") }];
    } catch {
      return [];
    }
  });
}

function filesAt(path: string): string[] {
  try {
    return statSync(path).isDirectory() ? readdirSync(path).map((name) => join(path, name)) : [path];
  } catch {
    return [];
  }
}
