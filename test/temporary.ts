import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** All temporary files of a run of the tests stand in one folder, so that nothing stays of tests that were ended. */
export default function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "eyas-tests-"));
  chmodSync(folder, 0o1777); // as /tmp itself: some tests become another user
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
