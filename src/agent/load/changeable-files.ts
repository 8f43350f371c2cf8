import { statSync } from "node:fs";
import { resolve, sep } from "node:path";
import { untrusted } from "../../server/file-trust.ts";
import { type LogLine, logLines } from "../../telemetry/log-lines.ts";
import { home } from "../home.ts";
import { filesOf, pathOf, type Watched } from "./file-watch.ts";

/**
 * Warnings about configuration and rule files, and their folders, that other users can change. Files installed with the
 * program are not checked, because users who can change these can also change the program.
 */
export function changeableFiles(paths: readonly Watched[]): LogLine[] {
  const files = new Set(paths.flatMap(withInside).filter((path) => !resolve(path).startsWith(`${home}${sep}`)));
  return [...files].flatMap((file) => {
    const reason = untrusted(file);
    return reason === undefined ? [] : [logLines.fileChangeable(reason)];
  });
}

/** A path and, if it is a folder, its files. */
function withInside(watched: Watched): string[] {
  const path = pathOf(watched);
  try {
    return statSync(path).isDirectory() ? [path, ...filesOf(watched)] : [path];
  } catch {
    return [path];
  }
}
