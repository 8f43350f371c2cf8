import { inPriorityColor } from "../agent/delivery/color.ts";
import { type JournalAlert, plainValue } from "../alert/entry.ts";
import { findField } from "../field/catalogue.ts";
import { clockText, isoText } from "../field/time.ts";
import type { ActionEntry } from "../journal/action-entry.ts";
import { painted } from "../telemetry/print.ts";
import { visible, visibleJson } from "../telemetry/visible.ts";
import { cell } from "./alert-export.ts";
import { stepOfAlert } from "./respond-text.ts";

/** Minimum width of the priority column. */
const PRIORITY = 8;
/** Minimum width of rule and message. In narrow terminals, lines wrap. */
const NARROWEST = 40;
const SECOND = 1000;

/**
 * Returns one line with sequence number, local time, priority, rule and message, truncated to the terminal width if it
 * is known.
 */
export function alertLine(alert: JournalAlert, columns: number | undefined): string {
  const { seq, time, priority, rule, message } = alert;
  const head = `${String(seq).padStart(6)}  ${clockText(time, true, false)}  `;
  const name = shortPriority(priority).padEnd(PRIORITY);
  const rest = visible(`${rule}: ${message}`);
  const room = Math.max(NARROWEST, (columns ?? Number.POSITIVE_INFINITY) - head.length - name.length - 2);
  const shown = rest.length > room ? `${rest.slice(0, room - 1)}…` : rest;
  return `${head}${inPriorityColor(priority, name)}  ${shown}\n`;
}

function shortPriority(priority: string): string {
  return priority === "Informational" ? "Info" : priority;
}

/** Returns all details of an alert as text, with the description of each field. */
export function alertPage(alert: JournalAlert, steps: readonly ActionEntry[], now: number, columns = 100): string {
  const { seq, id, time, priority, rule, source, hostname, tags, message, names, values } = alert;
  const head: readonly (readonly [string, string])[] = [
    ["Rule", bold(visible(rule))],
    ["Priority", inPriorityColor(priority, priority)],
    ["When", `${clockText(time, true, true)} (${agoText(now - Number(time / 1_000_000n))}); ${isoText(time, "Z")}`],
    ["Host", `${visible(hostname)}${alert.received ? " (unverified, from the sender)" : ""}`],
    ["Source", visible(source)],
    ["Tags", visible(tags.join(", "))],
    ["Alert", `${seq}, ${id}`],
  ];
  const lines = head.filter(([, text]) => text !== "").map(([name, text]) => `${name.padEnd(10)}${text}`);
  lines.push("", ...wrapped(visible(message), columns), "");
  const width = Math.max(0, ...names.map((name) => name.length)) + 2;
  for (const [i, name] of names.entries()) {
    const value = plainValue(values[i]);
    lines.push(`${visible(name).padEnd(width)}${value === undefined ? "–" : visible(value)}`);
    const meaning = findField(name)?.field.description;
    if (meaning !== undefined) lines.push(`${" ".repeat(width)}${dim(meaning)}`);
  }
  if (steps.length > 0) lines.push("", bold("Actions"), ...steps.map(stepOfAlert));
  return `${lines.join("\n")}\n`;
}

function bold(text: string): string {
  return painted("bold", text);
}

function dim(text: string): string {
  return painted("gray", text);
}

const UNITS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
] as const;

function agoText(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / SECOND);
  const [unit, size] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  const count = Math.floor(seconds / size);
  const text = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return milliseconds < 0 ? `in ${text}` : `${text} ago`;
}

function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, line];
}

/** Returns a table with the number of alerts for each value of a field. */
export function countTable(
  counts: readonly { readonly value: string | undefined; readonly count: number }[],
  by: string,
  format: "text" | "json" | "csv",
): string {
  if (format === "json")
    return counts
      .map(({ value, count }) => `${visibleJson(JSON.stringify({ value: value ?? null, count }))}\n`)
      .join("");
  if (format === "csv") {
    const rows = counts.map(({ value, count }) => `${cell(value ?? "")},${count}\n`);
    return `${cell(by)},count\n${rows.join("")}`;
  }
  const width = Math.max(0, ...counts.map(({ count }) => count.toLocaleString("en").length));
  return counts
    .map(
      ({ value, count }) =>
        `${count.toLocaleString("en").padStart(width)}  ${value === undefined ? "–" : visible(value)}\n`,
    )
    .join("");
}
