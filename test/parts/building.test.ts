import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import type { Part } from "./part.ts";

const folder = mkdtempSync(join(tmpdir(), "eyas-building-"));
vi.stubEnv("EYAS_TEST_CACHE", folder);
const { build, buildBeside, builds, buildLog, isBuilding } = await import("./building.ts");
afterAll(() => rmSync(folder, { recursive: true }));

test("each build is reported, a failed one with its reason", async () => {
  const built = new Set<string>();
  const part = (name: string, make: () => void): Part => ({
    name,
    missing: () => (built.has(name) ? undefined : `${name} is not there`),
    build: async () => make(),
  });
  const wanted = [
    part("one", () => void built.add("one")),
    part("two", () => {
      throw new Error("There is no compiler.");
    }),
    part("three", () => {}),
    part("four", () => void built.add("four")),
  ];
  const said: string[] = [];
  await build(wanted, (line) => void said.push(line));
  expect(said.map((line) => line.replace(/\d+ s/, "0 s")).sort()).toEqual([
    "Built four in 0 s.",
    "Built one in 0 s.",
    "three could not be built: three is not there",
    "two could not be built: There is no compiler.",
  ]);
});

test("a background build is awaited, and runs once", async () => {
  const gate = join(folder, "gate");
  const script = join(folder, "build.mjs");
  writeFileSync(
    script,
    `import { existsSync } from "node:fs";
console.log("started");
while (!existsSync(${JSON.stringify(gate)})) await new Promise((resolve) => setTimeout(resolve, 20));
console.log("ended");`,
  );
  buildBeside(process.execPath, script, "--slow");
  await vi.waitFor(() => expect(readFileSync(buildLog, "utf8")).toBe("started\n"), 20_000);
  expect(isBuilding()).toBe(true);
  buildBeside(process.execPath, script, "--slow");
  await builds(1); // resolves although a build is running
  expect(isBuilding()).toBe(true);
  writeFileSync(gate, "");
  await builds(60_000);
  expect(isBuilding()).toBe(false);
  expect(readFileSync(buildLog, "utf8")).toBe("started\nended\n");
});
