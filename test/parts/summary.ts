import { type AllowedSkip, MAX_SKIPPED } from "./allowed-skips.ts";
import type { Part } from "./part.ts";

/** Result of a test that ran or was skipped, for the table. */
export interface Outcome {
  /** Name with the names of its suites: "suite > test". */
  readonly name: string;
  readonly file: string;
  readonly skipped: boolean;
  /** The parts that the test and its suites need. */
  readonly parts: readonly string[];
  /** Missing parts, with the reasons. */
  readonly missing: Readonly<Record<string, string>>;
  /** Reason of a test that skipped itself. */
  readonly note?: string | undefined;
}

const HEAD = ["part", "version", "ran", "skipped", "why"] as const;
/** Maximum number of tests without a missing part that are shown by name. */
const SHOWN = 20;

/**
 * Returns the lines of the table: one row for each part that a test named, and one for each test skipped without a
 * missing part.
 */
export function tableOf(outcomes: readonly Outcome[], parts: readonly Part[]): string[] {
  const rows: (readonly string[])[] = [];
  for (const { name, version } of parts) {
    const own = outcomes.filter((each) => each.parts.includes(name));
    if (own.length === 0) continue;
    const ran = own.filter(({ skipped }) => !skipped).length;
    const without = own.filter(({ missing }) => name in missing);
    rows.push([name, (ran > 0 && version?.()) || "", `${ran}`, `${without.length}`, without[0]?.missing[name] ?? ""]);
  }
  const unnamed = outcomes.filter(({ skipped, missing }) => skipped && Object.keys(missing).length === 0);
  for (const { file, name, note } of unnamed.slice(0, SHOWN)) {
    rows.push(["(none named)", "", "0", "1", `${file} > ${name}${note === undefined ? "" : `: ${note}`}`]);
  }
  if (unnamed.length > SHOWN) rows.push(["(none named)", "", "0", `${unnamed.length - SHOWN}`, "others"]);
  return rows.length === 0 ? [] : aligned([HEAD, ...rows]);
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = HEAD.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const isNumber = (i: number): boolean => i === 2 || i === 3;
  return rows.map((row) =>
    row
      .map((text, i) => (isNumber(i) ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** Returns a sentence for each skipped test that the list does not allow, and one if `max` is exceeded. */
export function forbiddenSkips(
  outcomes: readonly Outcome[],
  allowed: readonly AllowedSkip[],
  max = MAX_SKIPPED,
): string[] {
  const forbidden: string[] = [];
  let counted = 0;
  for (const { file, name, skipped, missing, note } of outcomes) {
    if (!skipped) continue;
    const lacking = Object.keys(missing);
    const isIn = (rows: readonly AllowedSkip[]): boolean => {
      const parts = new Set<string>(rows.flatMap((row) => row.parts ?? []));
      return rows.some(({ test }) => test === name) || (lacking.length > 0 && lacking.every((part) => parts.has(part)));
    };
    if (!isIn(allowed)) {
      const why = Object.values(missing).join("; ") || note || "the test does not name a missing part";
      forbidden.push(`"${name}" (${file}) was skipped: ${why}.`);
    } else if (!isIn(allowed.filter(({ uncounted }) => uncounted === true))) counted++;
  }
  if (counted > max) forbidden.push(`${counted} tests were skipped for reasons in the list; the maximum is ${max}.`);
  return forbidden;
}

/** A test that failed, for another run of its file (scripts/run-tests.ts). */
export interface FailedTest {
  readonly file: string;
  /** Name with the names of its suites; absent if the file failed before its tests. */
  readonly name?: string;
  /** First line of its first error. */
  readonly error: string;
}
