import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { isRegularFile } from "./regular-file.ts";

/** Returns the file, or the files of a directory, sorted by name; empty if the path does not exist. */
export function configFilesAt(path: string): string[] {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  const inside = readdirSync(path).sort();
  return inside.map((name) => join(path, name)).filter(isRegularFile);
}
