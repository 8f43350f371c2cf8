import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const PREFIX = "eyas-tests-";

/** Moves all temporary files of a test run into one folder, so that interrupted tests leave no files behind. */
export default function setup(): (() => void) | undefined {
  if (basename(tmpdir()).startsWith(PREFIX)) return undefined; // each project of the run calls it
  const folder = mkdtempSync(join(tmpdir(), PREFIX));
  chmodSync(folder, 0o1777); // like /tmp itself: some tests switch to another user
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
