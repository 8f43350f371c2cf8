import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test, vi } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "eyas-cache-"));
vi.stubEnv("EYAS_TEST_CACHE", folder);
const { cached, makeCached, runBuild } = await import("./in-cache.ts");

test("of two concurrent builds one result is kept, and it exists only when complete", async () => {
  const first = Promise.withResolvers<void>();
  const slow = makeCached("tool-1", async (aside) => {
    writeFileSync(join(aside, "tool"), "slow");
    expect(existsSync(cached("tool-1"))).toBe(false);
    await first.promise;
  });
  await makeCached("tool-1", async (aside) => writeFileSync(join(aside, "tool"), "quick"));
  first.resolve();
  await slow;
  await makeCached("tool-1", () => Promise.reject(new Error("it is there already")));
  expect(readFileSync(join(cached("tool-1"), "tool"), "utf8")).toBe("quick");
  expect(readdirSync(folder)).toEqual(["tool-1"]);
});

test("a failed build leaves only its last lines, and old leftovers are removed", async () => {
  const old = cached("tool-1.building-old");
  mkdirSync(old);
  utimesSync(old, 0, 0);
  const lines: string[] = [];
  const command = ["sh", "-c", "echo begun; echo no such module >&2; exit 3"] as const;
  const build = makeCached("tool-2", () => runBuild(command, { progress: (line) => lines.push(line) }));
  await expect(build).rejects.toThrow(/^sh -c failed \(3\): .*no such module/);
  expect(lines.toSorted()).toEqual(["begun", "no such module"]);
  await expect(runBuild(["no-such-program", "build"], {})).rejects.toThrow(/^no-such-program build failed/);
  expect(readdirSync(folder)).toEqual(["tool-1"]);
});
