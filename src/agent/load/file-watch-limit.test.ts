import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";
import { contentOf, watchFiles } from "./file-watch.ts";

vi.mock(import("node:fs"), async (original) => ({
  ...(await original()),
  watch(): never {
    throw new Error("ENOSPC: System limit for number of file watchers reached");
  },
}));

test("if watches cannot be created, changes are found by comparisons, and the first failure is reported", async () => {
  const folder = mkdtempSync(join(tmpdir(), "eyas-watches-"));
  const paths = [join(folder, "a.yaml")];
  writeFileSync(join(folder, "a.yaml"), "one");
  let changes = 0;
  const reasons: string[] = [];
  const files = watchFiles(() => changes++, {
    unwatched: (place, reason) => reasons.push(`${place}: ${reason}`),
    compareEvery: 50,
  });
  files.follow(paths, contentOf(paths));
  writeFileSync(join(folder, "a.yaml"), "two");
  await expect.poll(() => changes).toBe(1);
  expect(reasons).toEqual([`${folder}: ENOSPC: System limit for number of file watchers reached`]);
  files.close();
  rmSync(folder, { recursive: true });
});
