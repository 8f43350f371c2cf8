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

/** Writes the tables to docs/detection.md, between its markers. */
export function writeDocument(measured: readonly Measured[], facts: RuleFacts): void {
  const text = readFileSync(DOCUMENT, "utf8");
  const [before, rest] = text.split(OPENING);
  const after = rest?.split(CLOSING)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/detection.md: no ${OPENING} … ${CLOSING}`);
  writeFileSync(DOCUMENT, `${before}${OPENING}\n\n${tables(measured, facts).trim()}\n\n${CLOSING}${after}`);
}

/** The measured tables in Markdown: a summary, and a section for each suite. */
function tables(measured: readonly Measured[], facts: RuleFacts): string {
  const bySuite = [...Map.groupBy(measured, ({ suite }) => suite)];
  const summary = markdownTable(
    [
      "suite",
      "behaviors",
      "alert live",
      "alert on the recording",
      "upstream on the recording",
      "median time",
      "longest time",
    ],
    bySuite.map(([{ title }, rows]) => [title, ...summaryCells(rows)]),
  );
  const processor = cpus()[0]?.model.trim() ?? "unknown processor";
  const [major, minor] = release().split(".");
  const where = `Linux ${major}.${minor}, ${cpus().length} processors (${processor}).`;
  const sections = bySuite.map(([{ title, about }, rows]) => `## ${title}\n\n${about}\n\n${suiteTable(rows, facts)}`);
  return [`${where}\n`, summary, ...sections].join("\n");
}

/** Counts and times of rows, as cells. */
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
      const techniques = facts.get(rule ?? behaviour.rules[0] ?? "")?.techniques ?? [];
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
