import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const PREFIX = "eyas-tests-";

/** Moves all temporary files of a test run into one directory, so that interrupted tests leave no files behind. */
export default function setup(): (() => void) | undefined {
  if (basename(tmpdir()).startsWith(PREFIX)) return undefined; // called by each project of the run
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o1777); // as in /tmp itself, since some tests switch to another user
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
