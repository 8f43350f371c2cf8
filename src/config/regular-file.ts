import { statSync } from "node:fs";

/**
 * Whether an entry of a folder is a regular file, or a link to one. A link without a target and a link to itself are
 * not: editors create such links to lock a file (`.#rules.yaml`), and they must not prevent loading the folder.
 * @throws Error if the entry exists but cannot be examined
 */
export function isRegularFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ELOOP") return false;
    throw error;
  }
}
