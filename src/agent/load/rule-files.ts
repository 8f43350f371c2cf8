import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { readLimited } from "../../config/read-limited.ts";
import { isRegularFile } from "../../config/regular-file.ts";
import { limits } from "../../rule/limits.ts";
import type { RuleFile } from "../../rule/location.ts";
import { isTestFile } from "../../workbench/test/names.ts";

/** A rule file that could not be read. */
export interface Unreadable {
  readonly file: string;
  readonly message: string;
}

/**
 * Reads rule files in the order of the paths. The files of a directory are its `.yaml` and `.yml` files, sorted by
 * name, without rule tests.
 */
export function readRuleFiles(paths: readonly string[]): { files: RuleFile[]; unreadable: Unreadable[] } {
  const files: RuleFile[] = [];
  const unreadable: Unreadable[] = [];
  let left: number = limits.allBytes;
  for (const path of paths) {
    try {
      for (const name of filesAt(path)) {
        const text = readLimited(name, limits.fileBytes);
        left -= text.length;
        if (left < 0) throw new Error(`The total size of the rule files exceeds ${limits.allBytes >> 20} MiB`);
        files.push({ name, text });
      }
    } catch (error) {
      unreadable.push({ file: path, message: reason(error) });
    }
  }
  return { files, unreadable };
}

/** Returns the rule files at a path. Throws if the path cannot be read. */
export function filesAt(path: string): string[] {
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => /\.ya?ml$/.test(name));
  return names
    .sort()
    .map((name) => join(path, name))
    .filter((name) => isRegularFile(name) && !isRuleTest(name));
}

/**
 * Whether a file is a test of rules or response rules. The name is not sufficient, since Falco loads rule files with
 * any name: a rule file contains a list, and a test contains keys. A file that cannot be read is not a test, so that
 * its error is reported.
 */
function isRuleTest(path: string): boolean {
  if (!isTestFile(path)) return false;
  try {
    return !startsWithList(readLimited(path, limits.fileBytes));
  } catch {
    return false;
  }
}

function startsWithList(text: string): boolean {
  for (const [line] of text.matchAll(/.+/g)) {
    const isContent = /^\s*[^\s#%]/.test(line) && !/^---(?:\s|$)/.test(line);
    if (isContent) return /^\s*(?:-(?:\s|$)|\[)/.test(line);
  }
  return false;
}

function reason(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "File not found";
  if (code === "EACCES") return "Permission denied";
  return error instanceof Error ? error.message : String(error);
}
