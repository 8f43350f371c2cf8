import { randomBytes } from "node:crypto";
import { lstatSync, readFileSync, renameSync, rmSync, type Stats, writeFileSync } from "node:fs";
import { Failure } from "./failure.ts";

/** The file with the process ID of the running agent. */
export interface PidFile {
  /** Removes the file if it still belongs to this process. */
  remove(): void;
}

/** Valid content: a process ID, or nothing if the file was created in advance. */
const CONTENT = /^\s*\d{0,10}\s*$/;
/** Maximum size of a process ID file, in bytes. */
const MOST = 64;

/**
 * Writes the process ID to a temporary file and renames the file to `path`, so that no symbolic link is followed and no
 * file of another program is changed. Replaces an existing process ID file only if it belongs to this user or root.
 * @throws Failure
 */
export function writePidFile(path: string): PidFile {
  const why = whyForeign(path);
  if (why !== undefined) throw new Failure(`${path} ${why}: remove the file, or specify another file with --pidfile.`);
  const fresh = `${path}.${randomBytes(6).toString("hex")}`; // a name that other users cannot create first
  try {
    writeFileSync(fresh, `${process.pid}\n`, { mode: 0o644, flag: "wx" });
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw new Failure(
      `Cannot write the process ID to ${path}: ${error instanceof Error ? error.message : String(error)}.`,
    );
  }
  const written = lstatSync(path, { throwIfNoEntry: false });
  return {
    remove() {
      const found = lstatSync(path, { throwIfNoEntry: false });
      if (found === undefined || written === undefined || !isSame(found, written)) return;
      if (readFileSync(path, "latin1") === `${process.pid}\n`) rmSync(path, { force: true });
    },
  };
}

/**
 * The reason why an existing file must not be replaced, as a predicate such as "is a symbolic link"; undefined if the
 * file may be replaced or does not exist.
 */
function whyForeign(path: string): string | undefined {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return undefined;
  if (found.isSymbolicLink()) return "is a symbolic link";
  if (!found.isFile()) return "is not a regular file";
  const own = process.geteuid?.() ?? 0;
  if (found.uid !== own && found.uid !== 0) return `belongs to user ${found.uid}`;
  if (found.size > MOST || !CONTENT.test(readFileSync(path, "latin1"))) return "does not contain a process ID";
  return undefined;
}

function isSame(a: Stats, b: Stats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}
