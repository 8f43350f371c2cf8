// Compares the results of this program with the results of the reference engine, and fails below a minimum score. The
// reference results are in ../shared or EYAS_SHARED; without them, the comparison is skipped.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";

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
/** Groups are independent and each runs one command at a time, so the groups run concurrently. */
const groups = Object.keys(least).filter((group) => group !== "conditions-invalid"); // the runner scores these together with the conditions
const outcomes = await Promise.all(groups.map(outcomeOf));
const scores: Readonly<Record<string, unknown>> = Object.assign({}, ...outcomes);

let failed = 0;
for (const [group, wanted] of Object.entries(least)) {
  const score = scoreOf(group);
  const enough = score >= wanted;
  if (!enough) failed++;
  console.log(`${enough ? "ok    " : "FAILED"} conformance ${group}: ${score.toFixed(2)} % (at least ${wanted} %)`);
}
process.exitCode = failed === 0 ? 0 : 1;

/** Runs one group and prints its output when it has finished. @returns the scores by group */
async function outcomeOf(group: string): Promise<object> {
  const args = [runner, "--cli", join(home, "bin/eyas"), "--only", group, "--json"];
  const run = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  const output = await text(run.stdout);
  process.stdout.write(output);
  try {
    return JSON.parse(output.trimEnd().split("\n").at(-1) ?? "");
  } catch {
    console.log(`conformance ${group}: the runner printed no scores`);
    return {};
  }
}

function scoreOf(group: string): number {
  const row = scores[group] as { readonly right: number; readonly total: number } | undefined;
  return row !== undefined && row.total > 0 ? (100 * row.right) / row.total : 0;
}
