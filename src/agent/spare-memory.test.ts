import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { cleanRanges, releaseSpareMemory } from "./spare-memory.ts";

const mapping = (range: string, rights: string, path: string, anonymous: number) =>
  `${range} ${rights} 00000000 08:01 1234                      ${path}\nSize: 4 kB\nRss: 4 kB\nAnonymous: ${anonymous} kB\nVmFlags: rd mr\n`;

test("only unchanged and read-only mappings of the file are released", () => {
  const smaps = [
    mapping("00400000-00401000", "r--p", "/opt/a node/bin/node", 0),
    mapping("00401000-00404000", "r-xp", "/opt/a node/bin/node", 0),
    mapping("00404000-00405000", "r--p", "/opt/a node/bin/node", 4), // modified by the linker
    mapping("00405000-00406000", "rw-p", "/opt/a node/bin/node", 0),
    mapping("7f0000000000-7f0000001000", "r-xp", "/usr/lib/libc.so.6", 0),
    mapping("7f0000001000-7f0000002000", "r-xp", "/opt/a node/bin/node (deleted)", 0),
  ].join("");
  expect(cleanRanges(smaps, "/opt/a node/bin/node")).toEqual([
    { address: 0x400000, length: 0x1000 },
    { address: 0x401000, length: 0x3000 },
  ]);
});

test("the program continues after its pages were released", async ({ onTestFinished }) => {
  const pages = () =>
    cleanRanges(readFileSync("/proc/self/smaps", "latin1"), process.execPath).reduce(
      (sum, { length }) => sum + length,
      0,
    );
  expect(pages()).toBeGreaterThan(10 << 20);
  const released = releaseSpareMemory();
  onTestFinished(() => released.close());
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 5500);
  await promise;
  expect(JSON.parse(JSON.stringify({ a: [1, "b"] }))).toEqual({ a: [1, "b"] });
  expect(/^(a|b)+$/.test("abab")).toBe(true);
});
