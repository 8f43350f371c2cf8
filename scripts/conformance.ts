// Compares the results of this program with those of the reference engine, and fails below a minimum score. The
// reference results are in ../shared or EYAS_SHARED; without them, the comparison is skipped.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

/** Minimum score of each group, in percent. */
const least: Readonly<Record<string, number>> = {
  fields: 99.7,
  alerts: 100,
  cases: 100,
  check: 100,
  conditions: 99.5,
  "conditions-invalid": 99.5,
};

const home = resolve(import.meta.dirname, "..");
const runner = join(resolve(process.env.EYAS_SHARED ?? join(home, "../shared")), "conformance/run.mjs");
if (!existsSync(runner)) {
  console.log("conformance: skipped, ../shared does not exist and EYAS_SHARED is not set");
  process.exit(0);
}
const groups = Object.keys(least)
  .filter((group) => group !== "conditions-invalid") // the runner scores these together with the conditions
  .join(",");
const run = spawnSync(process.execPath, [runner, "--cli", join(home, "bin/eyas"), "--only", groups, "--json"], {
  encoding: "utf8",
  maxBuffer: 2 ** 28,
  stdio: ["ignore", "pipe", "inherit"],
});
process.stdout.write(run.stdout);
const scores: unknown = JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "{}");

let failed = 0;
for (const [group, wanted] of Object.entries(least)) {
  const score = scoreOf(scores, group);
  const enough = score >= wanted;
  if (!enough) failed++;
  console.log(`${enough ? "ok    " : "FAILED"} conformance ${group}: ${score.toFixed(2)} % (at least ${wanted} %)`);
}
process.exitCode = failed === 0 ? 0 : 1;

function scoreOf(scores: unknown, group: string): number {
  const row =
    typeof scores === "object" && scores !== null
      ? Object.entries(scores).find(([name]) => name === group)?.[1]
      : undefined;
  return typeof row?.right === "number" && row.total > 0 ? (100 * row.right) / row.total : 0;
}
