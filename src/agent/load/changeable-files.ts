import { statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { untrusted } from "../../server/file-trust.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import { home } from "../home.ts";
import { filesOf, pathOf, type Watched } from "./file-watch.ts";

/**
 * Returns warnings about configuration and rule files, and their directories, that other users can change. Files of the
 * program's installation are not checked, because users who can change them can also change the program.
 */
export function changeableFiles(paths: readonly Watched[]): LogLine[] {
  const files = new Set(paths.flatMap(withInside).filter((path) => !resolve(path).startsWith(`${home}${sep}`)));
  return [...files].flatMap((file) => {
    const reason = untrusted(file);
    return reason === undefined ? [] : [logLines.fileChangeable(reason)];
  });
}

/** Returns a path and, if it is a directory, its files. */
function withInside(watched: Watched): string[] {
  const path = pathOf(watched);
  try {
    return statSync(path).isDirectory() ? [path, ...filesOf(watched)] : [path];
  } catch {
    return [path];
  }
}
