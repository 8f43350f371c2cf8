// Attacks the program and prints which attacks the program withstood: see CONTRIBUTING.md.
//   npm run attack -- [--minutes N] [--seed N] [--only NAME,NAME]
import { scriptOptions } from "../../scripts/options.ts";
import { attacks, COMPLETE } from "./attacks.ts";
import { countText, failures, type Outcome, withstood } from "./outcome.ts";

const { minutes, seed, only } = scriptOptions(import.meta.filename, {
  minutes: COMPLETE,
  seed: Date.now() % 1_000_000,
  only: "",
});
if (!(minutes > 0) || !Number.isInteger(seed)) fail("--minutes takes a number greater than 0, --seed an integer");
const names = only === "" ? undefined : only.split(",");
const unknown = names?.find((name) => !attacks.some((attack) => attack.name === name));
if (unknown !== undefined) fail(`--only takes ${attacks.map(({ name }) => name).join(", ")}, not "${unknown}"`);
const chosen = attacks.filter(({ name, named }) => (names === undefined ? named !== true : names.includes(name)));

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.stdout.write(`seed ${seed}\n`);
const rows: [string, Outcome][] = [];
for (const { name, about, run } of chosen) {
  process.stdout.write(`${name}: ${about}\n`);
  const began = Date.now();
  rows.push([name, await run({ minutes, seed, report: (line) => process.stdout.write(`  ${line}\n`) })]);
  process.stdout.write(`${name}: ${((Date.now() - began) / 1000).toFixed(0)} s\n`);
}
const columns = ["attempts", ...failures] as const;
process.stdout.write(`\n${["attack".padEnd(10), ...columns.map(title)].join("")}\n`);
for (const [name, outcome] of rows)
  process.stdout.write(
    `${[name.padEnd(10), ...columns.map((column) => countText(outcome[column]).padStart(16))].join("")}\n`,
  );
process.exit(rows.every(([, outcome]) => withstood(outcome)) ? 0 : 1);

function title(column: string): string {
  return (column === "hangs" ? "hangs over 5 s" : column).padStart(16);
}

function fail(sentence: string): never {
  process.stderr.write(`attack: ${sentence}\n`);
  process.exit(2);
}
