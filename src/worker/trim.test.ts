import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";

const module = new URL("./trim.ts", import.meta.url).href;

/** Fills the heap with garbage, and prints whether the heap shrinks. */
const PROGRAM = `
import { getHeapStatistics } from "node:v8";
import { trimRegularly } from ${JSON.stringify(module)};
const size = () => getHeapStatistics().total_heap_size;
let kept = Array.from({ length: 400_000 }, (_, i) => ({ i, text: "text " + i }));
const before = size();
kept = kept.slice(0, 1);
trimRegularly();
const end = Date.now() + 50_000;
const timer = setInterval(() => {
  if (size() > before / 2 && Date.now() < end) return;
  clearInterval(timer);
  console.log(size() < before / 2, kept.length);
}, 50);
`;

test("the heap of an idle thread is returned", { timeout: 300_000 }, () => {
  const options = ["--expose-gc", "--disable-warning=ExperimentalWarning", "--input-type=module", "-e", PROGRAM];
  const { stdout, stderr } = spawnSync(process.execPath, options, { encoding: "utf8" });
  expect(stdout.trim(), stderr).toBe("true 1");
});
