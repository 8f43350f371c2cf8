import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/** A file and its hash. */
export interface FileHash {
  /** Base name. */
  readonly name: string;
  /** SHA-256 in hexadecimal. */
  readonly sha256: string;
}

/** Hashes of files, and of the files in directories. Files that cannot be read are omitted. */
export function hashFiles(paths: readonly string[]): FileHash[] {
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
