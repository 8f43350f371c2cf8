import { readFileSync, writeFileSync } from "node:fs";
import { cpus, release } from "node:os";
import { join } from "node:path";
import { markdownTable } from "../../scripts/table.ts";
import type { RuleFacts } from "../../src/cli/drill-list.ts";
import { home } from "../live/sensor.ts";
import type { Measured } from "./measure.ts";

const DOCUMENT = join(home, "docs/detection.md");
const [OPENING, CLOSING] = ["<!-- measured -->", "<!-- /measured -->"];
const NONE = "—";

/**
 * Writes the tables of suites to docs/detection.md, between its markers. Tables of other suites are kept.
 * @param order titles of all suites
 */
export function writeDocument(measured: readonly Measured[], facts: RuleFacts, order: readonly string[]): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const [before, rest] = text.split(OPENING);
  const [old, after] = rest?.split(CLOSING) ?? [];
  if (before === undefined || old === undefined || after === undefined)
    throw new Error(`docs/detection.md: no ${OPENING} … ${CLOSING}`);
  const tables = tablesIn(old);
  for (const [title, table] of tablesOf(measured, facts)) tables.set(title, table);
  writeFileSync(DOCUMENT, `${before}${OPENING}\n\n${joined(tables, order)}\n\n${CLOSING}${after}`);
}

/** The Markdown tables of a suite. */
interface SuiteTables {
  /** A row of the summary table. */
  readonly summary: readonly string[];
  readonly section: string;
}

const HEAD = [
  ...["suite", "behaviors", "alert live", "alert in replay", "upstream in replay"],
  ...["median time", "longest time"],
];

function tablesOf(measured: readonly Measured[], facts: RuleFacts): Map<string, SuiteTables> {
  const bySuite = [...Map.groupBy(measured, ({ suite }) => suite)];
  return new Map(
    bySuite.map(([{ title, about }, rows]) => [
      title,
      { summary: [title, ...summaryCells(rows)], section: `${title}\n\n${about}\n\n${suiteTable(rows, facts)}` },
    ]),
  );
}

/** Returns the tables in the document. */
function tablesIn(text: string): Map<string, SuiteTables> {
  const [summary = "", ...sections] = text.trim().split("\n## ");
  const rows = summary
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .map((line) => line.slice(2, -2).split(" | "));
  return new Map(
    sections.map((section) => {
      const [title = ""] = section.split("\n", 1);
      return [title, { summary: rows.find(([name]) => name === title) ?? [title], section }];
    }),
  );
}

function joined(tables: ReadonlyMap<string, SuiteTables>, order: readonly string[]): string {
  const suites = order.flatMap((title) => tables.get(title) ?? []);
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const [major, minor] = release().split(".");
  const where = `Linux ${major}.${minor}, ${cpus().length} processors (${processor}).`;
  const summary = markdownTable(
    HEAD,
    suites.map((suite) => suite.summary),
  );
  return [`${where}\n`, summary, ...suites.map(({ section }) => `## ${section.trim()}\n`)].join("\n").trim();
}

/** Returns the counts and times of rows as cells. */
export function summaryCells(rows: readonly Measured[]): string[] {
  const done = rows.filter(({ skipped }) => skipped === null);
  const times = done.flatMap(({ latency }) => latency ?? []).sort((a, b) => a - b);
  const theirs = done.filter(({ upstream }) => upstream !== null && upstream.length > 0).length;
  return [
    `${done.length}`,
    `${done.filter(({ alerts }) => alerts.length > 0).length}`,
    done.some(({ ours }) => ours !== null)
      ? `${done.filter(({ ours }) => ours !== null && ours.length > 0).length}`
      : NONE,
    done.some(({ upstream }) => upstream !== null) ? `${theirs}` : NONE,
    milliseconds(times[Math.floor(times.length / 2)]),
    milliseconds(times.at(-1)),
  ];
}

function suiteTable(rows: readonly Measured[], facts: RuleFacts): string {
  return markdownTable(
    ["behavior", "technique", "alert", "time to alert", "ours", "upstream"],
    rows.map(({ behaviour, skipped, alerts, latency, ours, upstream }) => {
      const [rule] = alerts;
      const techniques = behaviour.techniques ?? facts.get(rule ?? behaviour.rules[0] ?? "")?.techniques ?? [];
      const alert = skipped === null ? (rule ?? "none") : `not done: ${skipped}`;
      return [
        behaviour.name,
        techniques.join(", "),
        alert,
        milliseconds(latency ?? undefined),
        yes(ours),
        yes(upstream),
      ];
    }),
  );
}

function yes(rules: readonly string[] | null): string {
  if (rules === null) return NONE;
  return rules.length > 0 ? "yes" : "no";
}

function milliseconds(time: number | undefined): string {
  if (time === undefined) return NONE;
  return `${time < 10 ? time.toFixed(1) : Math.round(time)} ms`;
}
