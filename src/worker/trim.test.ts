import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const module = new URL("./trim.ts", import.meta.url).href;

/** Fills the heap with garbage, before or after regular trims begin, and prints whether the heap shrinks within a time. */
const program = (options: string, seconds: number, isBefore: boolean) => `
import { getHeapStatistics } from "node:v8";
import { trimRegularly } from ${JSON.stringify(module)};
const size = () => getHeapStatistics().total_heap_size;
let kept;
const fill = () => { kept = Array.from({ length: 400_000 }, (_, i) => ({ i, text: "text " + i })); };
if (${isBefore}) fill();
let collections = 0; // V8 may shrink the heap itself
trimRegularly({ ...${options}, prepare: () => { collections++; } });
if (!${isBefore}) fill();
const before = size();
kept = kept.slice(0, 1);
const end = Date.now() + ${seconds} * 1000;
const timer = setInterval(() => {
  const isTrimmed = collections > 0 && size() < before / 2;
  if (!isTrimmed && Date.now() < end) return;
  clearInterval(timer);
  console.log(isTrimmed, kept.length);
}, 50);
`;

test.each([
  { what: "of an idle thread is returned", options: "{}", seconds: 50, isBefore: true, shrinks: true },
  {
    what: "of a busy thread is returned after much growth",
    options: "{ isIdle: () => false, maxGrowth: 16 << 20 }",
    seconds: 50,
    isBefore: false,
    shrinks: true,
  },
  {
    what: "of a busy thread is kept after less growth",
    options: "{ isIdle: () => false, maxGrowth: 32 << 20 }",
    seconds: 8,
    isBefore: true,
    shrinks: false,
  },
  {
    what: "of a busy thread is kept without a limit",
    options: "{ isIdle: () => false }",
    seconds: 8,
    isBefore: false,
    shrinks: false,
  },
])("the heap $what", { timeout: 300_000 }, ({ options, seconds, isBefore, shrinks }) => {
  const flags = [
    "--expose-gc",
    "--max-semi-space-size=4",
    "--disable-warning=ExperimentalWarning",
    "--input-type=module",
    "-e",
  ];
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, program(options, seconds, isBefore)], {
    encoding: "utf8",
  });
  expect(stdout.trim(), stderr).toBe(`${shrinks} 1`);
});

/** Fills the heap with garbage until it was collected three times, or for 100 s. */
const GROWING = `
import { trimRegularly } from ${JSON.stringify(module)};
let [checks, collections] = [0, 0];
trimRegularly({
  isIdle: () => { checks++; return false; },
  prepare: () => { collections++; },
  maxGrowth: 8 << 20,
});
let kept = [];
const end = Date.now() + 100_000;
const timer = setInterval(() => {
  kept = [...kept.slice(-2), Array.from({ length: 100_000 }, (_, i) => ({ i, text: "text " + i }))];
  if (collections < 3 && Date.now() < end) return;
  clearInterval(timer);
  console.log(collections > checks, collections, checks, kept.length);
}, 50);
`;

test("the garbage of a busy thread is collected between two checks", { timeout: 300_000 }, () => {
  const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", GROWING];
  const { stdout, stderr } = spawnSync(process.execPath, flags, { encoding: "utf8" });
  expect(stdout.trim(), stderr).toMatch(/^true/);
});
