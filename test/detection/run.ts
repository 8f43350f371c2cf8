// Measures which behaviors raise an alert of the default rules on this machine, and after what time. Requires root.
//
//   npm run detection                                       all suites
//   npm run detection -- --suite drill --only crontab       some behaviors
//   npm run detection -- --upstream falco_rules.yaml        compares with other rules on the same capture (repeatable)
//   npm run detection -- --write                            updates docs/detection.md; also with --suite
import { parseArgs } from "node:util";
import { ruleFacts } from "../../src/cli/drill-list.ts";
import { tableLines } from "../../src/cli/table.ts";
import { freePort } from "../parts/child.ts";
import { type Measured, measure } from "./measure.ts";
import { suitesWith } from "./suites.ts";
import { summaryCells, writeDocument } from "./table.ts";

const auditPort = await freePort();
const SUITES = suitesWith(auditPort);

const HELP = `Usage: npm run detection -- [options]

  --suite WORD       only suites whose title contains the word (repeatable): ${SUITES.map(({ title }) => title).join(", ")}
  --only WORD        only behaviors whose name contains the word (repeatable)
  --upstream FILE    rule file of another project, evaluated on the same capture (repeatable)
  --write            update docs/detection.md: the suites that were measured
`;

const values = options();
if (values.help) {
  console.log(HELP);
  process.exit(0);
}
if (values.write && values.only.length > 0) {
  console.error("--write updates whole suites: it cannot be combined with --only.");
  process.exit(1);
}
const has = (words: readonly string[], text: string) =>
  words.length === 0 || words.some((word) => text.toLowerCase().includes(word.toLowerCase()));
const suites = SUITES.filter(({ title }) => has(values.suite, title));
if (suites.length === 0) {
  console.error(`Unknown suite "${values.suite}". Available suites: ${SUITES.map(({ title }) => title).join(", ")}.`);
  process.exit(1);
}

const measured: Measured[] = [];
const facts = await ruleFacts();

/** Updates the document after each suite, so that a failure of a later suite does not lose results. */
function write(): void {
  if (!values.write || measured.length === 0) return;
  writeDocument(
    measured,
    facts,
    SUITES.map(({ title }) => title),
  );
}

await measure(suites, {
  auditPort,
  upstream: values.upstream,
  onSuite({ title }, count) {
    console.error(`${title}: ${count} behaviors`);
    write();
  },
  isSelected: (_suite, { name }) => has(values.only, name),
  onMeasured(row) {
    measured.push(row);
    console.log(line(row));
  },
});

const rows = [...Map.groupBy(measured, ({ suite }) => suite)].map(([{ title }, some]) => [
  title,
  ...summaryCells(some),
]);
const head = ["", "done", "alert live", "in replay", "upstream", "median", "longest"];
console.log(`\n${tableLines([head, ...rows], 1).join("\n")}`);
write();
const missed = measured.filter(
  ({ skipped, alerts, ours }) => skipped === null && (alerts.length === 0 || ours?.length === 0),
);
const failed = measured.filter(({ skipped }) => skipped !== null);
if (missed.length + failed.length > 0) {
  console.log(`\n${missed.length} without an alert, ${failed.length} not performed.`);
  process.exitCode = 1;
}

/** Returns the options of the command line. An invalid option ends the program. */
function options() {
  try {
    return parseArgs({
      options: {
        help: { type: "boolean", default: false },
        write: { type: "boolean", default: false },
        upstream: { type: "string", multiple: true, default: [] },
        suite: { type: "string", multiple: true, default: [] },
        only: { type: "string", multiple: true, default: [] },
      },
    }).values;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    process.exit(1);
  }
}

function line({ behaviour, skipped, alerts, latency, ours, upstream }: Measured): string {
  if (skipped !== null) return `not done  ${behaviour.name}: ${skipped}`;
  const time = latency === null ? "" : `, ${latency.toFixed(1)} ms`;
  const replayed = ours?.length === 0 ? ", no alert in replay" : "";
  const theirs = upstream === null ? "" : `, upstream: ${upstream.length === 0 ? "no" : "yes"}`;
  const [rule] = alerts;
  return `${rule === undefined ? "no alert" : "alert   "}  ${behaviour.name}${rule === undefined ? "" : ` (${rule}${time})`}${replayed}${theirs}`;
}
