import { statSync } from "node:fs";

/**
 * Whether an entry of a directory is a regular file, or a symbolic link to a regular file. Returns false for links
 * without a target and links to themselves: editors create such links to lock a file (`.#rules.yaml`), and the links
 * must not prevent loading the directory.
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
